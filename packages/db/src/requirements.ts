import { MigratorError } from '@app/migrator/commands';

interface Found {
  readonly has_users: boolean;
  readonly may_reference: boolean | null;
  readonly missing_roles: string[];
  readonly current_schema: string | null;
  readonly may_create: boolean;
  readonly may_create_schema: boolean;
  readonly encoding: string;
}

const QUERY = `
  SELECT to_regclass('auth.users') IS NOT NULL AS has_users,
         has_table_privilege(to_regclass('auth.users'), 'REFERENCES') AS may_reference,
         to_json(ARRAY(
           SELECT role FROM unnest(ARRAY['anon', 'authenticated', 'service_role']) AS role
            WHERE to_regrole(role) IS NULL
         )) AS missing_roles,
         current_schema() AS current_schema,
         has_schema_privilege('public', 'CREATE') AS may_create,
         to_regnamespace('private') IS NOT NULL OR has_database_privilege(current_database(), 'CREATE')
           AS may_create_schema,
         current_setting('server_encoding') AS encoding`;

/**
 * Checks, without changes, that the migrations can be applied: auth.users and the roles exist, and this role may create objects.
 *
 * @throws MigratorError REQUIREMENTS_UNMET with every requirement that is not met
 */
export async function assertRequirements(query: (sql: string) => Promise<unknown[]>): Promise<void> {
  const [found] = (await query(QUERY)) as Found[];
  const unmet = found === undefined ? [] : unmetBy(found);
  if (unmet.length > 0) throw new MigratorError('REQUIREMENTS_UNMET', unmet.join('\n'));
}

function unmetBy(found: Found): string[] {
  const unmet: string[] = [];
  if (!found.has_users || found.missing_roles.length > 0) {
    const lacks = [
      ...(found.has_users ? [] : ['table auth.users']),
      ...found.missing_roles.map((role) => `role ${role}`),
    ];
    unmet.push(
      `The database lacks ${lacks.join(', ')}: on Supabase they are there; on plain PostgreSQL run ` +
        'packages/local-postgres/bootstrap/plain.sql first, as a superuser.',
    );
  }
  if (found.may_reference === false) {
    unmet.push('This role may not reference auth.users: have its owner GRANT REFERENCES ON auth.users to it.');
  }
  if (found.current_schema !== 'public') {
    unmet.push(
      `New tables would go to the schema ${found.current_schema ?? '(none)'}, not to public: set the role's search_path.`,
    );
  }
  if (!found.may_create) {
    unmet.push('This role may not create tables in the schema public: use the role that owns the database.');
  }
  if (!found.may_create_schema) {
    unmet.push('This role may not create a schema in the database: use the role that owns it.');
  }
  if (found.encoding !== 'UTF8') {
    unmet.push(`The database's encoding is ${found.encoding}: object keys need UTF8.`);
  }
  return unmet;
}
