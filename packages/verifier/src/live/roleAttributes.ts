import type { LiveCheck } from '../config.ts';
import { resultsOf } from '../results.ts';
import { liveCheck } from './reading.ts';

/** What a role may do apart from its grants on objects: attributes, CREATE on schemas, memberships. */
interface RoleAttributes {
  readonly role: string;
  readonly attributes: readonly string[];
}

// A catalog (`readCatalog`) has no roles: they belong to the server.
const ATTRIBUTES = `
  SELECT r.rolname::text AS role, to_jsonb(array_remove(ARRAY[
        CASE WHEN r.rolsuper THEN 'SUPERUSER' END, CASE WHEN r.rolbypassrls THEN 'BYPASSRLS' END,
        CASE WHEN r.rolcreaterole THEN 'CREATEROLE' END], NULL)
      || (SELECT coalesce(array_agg('CREATE on schema ' || quote_ident(n.nspname) ORDER BY n.nspname), '{}')
          FROM pg_namespace n WHERE n.nspname IN (SELECT jsonb_array_elements_text($1::text::jsonb))
            AND has_schema_privilege(r.oid, n.oid, 'CREATE'))
      || (SELECT coalesce(array_agg('acts as ' || CASE WHEN o.owns THEN 'the owner ' ELSE '' END || quote_ident(m.rolname) ORDER BY m.rolname), '{}')
          FROM pg_roles m CROSS JOIN LATERAL (SELECT m.oid IN (SELECT c.relowner FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
            WHERE c.relkind IN ('r', 'p') AND n.nspname IN (SELECT jsonb_array_elements_text($1::text::jsonb))) AS owns) o
          WHERE NOT r.rolsuper AND pg_has_role(r.oid, m.oid, 'MEMBER')
            AND (o.owns OR (m.oid <> r.oid AND (m.rolsuper OR m.rolbypassrls))))
    ) AS attributes
  FROM pg_roles r WHERE r.rolname IN (SELECT jsonb_array_elements_text($2::text::jsonb)) ORDER BY r.rolname`;

/** The roles that a client may act as have no attribute or membership that bypasses row security and grants. */
export function roleAttributes(schemas: readonly string[], clients: readonly string[]): LiveCheck {
  const about = { subject: 'roles', name: `${clients.join(' and ')} cannot get past row security and grants` };
  const values = [JSON.stringify(schemas), JSON.stringify(clients)];
  return liveCheck(
    about,
    async (savepoint) => ({ value: [...(await savepoint.unsafe<RoleAttributes[]>(ATTRIBUTES, values))] }),
    (roles) => {
      const excessive = roles.filter(({ attributes }) => attributes.length > 0);
      const differences = excessive.map(({ role, attributes }) => {
        return { what: role, expected: 'none', actual: attributes.join(', ') };
      });
      const fix =
        'ALTER ROLE … NOSUPERUSER NOBYPASSRLS NOCREATEROLE; REVOKE CREATE ON SCHEMA … FROM PUBLIC and the role; REVOKE the membership.';
      return resultsOf(about.subject).resultOf(about.name, fix, roles.length, differences, { severity: 'high' });
    },
  );
}
