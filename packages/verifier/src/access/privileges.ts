import type { Catalog } from '@app/catalog';
import { fileOf, type TableCases } from '../cases/tableCases.ts';
import type { Check, Observation } from '../check.ts';
import type { AccessEvidence } from '../evidence.ts';
import { literal } from '../sql/statements.ts';
import type { AccessConfig, Accesses } from './accessConfig.ts';
import { accessOf, forEachClient, type TestClient, withEvidence } from './clients.ts';
import { accessFix } from './tableAccess.ts';

/** A privilege on an object without columns. */
interface ObjectPrivilege {
  readonly kind: 'function' | 'sequence' | 'schema';
  readonly identity: string;
  readonly privilege: string;
  readonly accesses: Accesses | undefined;
}

/** Asks the server (`has_*_privilege`) for each client, and each function, sequence and schema. */
export function privilegesCheck(config: AccessConfig, expected: Catalog): Check {
  return {
    name: 'functions, sequences and schemas',
    fix: accessFix('`access` of the config'),
    prove: async ({ superuser }) => {
      const observations: Observation[] = [];
      const privileges = privilegesOf(config, expected);
      const outcomes = new Map<ObjectPrivilege, Record<string, string>>();
      await forEachClient(superuser, config, async (transaction, client) => {
        const values = privileges.map(
          ({ kind, identity, privilege }) =>
            `has_${kind}_privilege(${literal(client.role)}, ${literal(identity)}, ${literal(privilege)})`,
        );
        const [row = []] = await transaction.unsafe(`SELECT ${values.join(', ')}`).values();
        for (const [index, item] of privileges.entries()) {
          observations.push(observationOf(item, client, row[index] === true));
          outcomes.set(item, { ...outcomes.get(item), [client.name]: row[index] === true ? 'all' : 'refused' });
        }
      });
      const rows = [...outcomes].map(([{ kind, identity, privilege }, byClient]): AccessEvidence => {
        return {
          kind: 'access',
          object: `${kind} ${identity}`,
          operation: privilege.toLowerCase(),
          outcomes: byClient,
        };
      });
      return withEvidence(observations, rows);
    },
  };
}

function observationOf(
  { kind, identity, privilege, accesses }: ObjectPrivilege,
  client: TestClient,
  held: boolean,
): Observation {
  const what = `${client.name}: ${privilege} on ${kind} ${identity}`;
  const describe = (allowed: boolean) => (allowed ? 'allowed' : 'refused');
  return { what, expected: describe(accessOf(client, accesses) !== 'refused'), actual: describe(held) };
}

function privilegesOf({ functions = {}, sequences = {}, schemas }: AccessConfig, expected: Catalog): ObjectPrivilege[] {
  const identities = (kind: ObjectPrivilege['kind'], named: Readonly<Record<string, Accesses>>) => [
    ...new Set([...expected.objects.filter((it) => it.kind === kind).map((it) => it.identity), ...Object.keys(named)]),
  ];
  return [
    ...identities('function', functions).map((identity): ObjectPrivilege => {
      return { kind: 'function', identity, privilege: 'EXECUTE', accesses: functions[identity] };
    }),
    ...identities('sequence', sequences).flatMap((identity): ObjectPrivilege[] =>
      ['USAGE', 'SELECT', 'UPDATE'].map((privilege) => ({
        ...{ kind: 'sequence', identity, privilege, accesses: sequences[identity] },
      })),
    ),
    ...Object.entries(schemas).flatMap(([identity, { usage, create }]): ObjectPrivilege[] => [
      { kind: 'schema', identity, privilege: 'USAGE', accesses: usage },
      { kind: 'schema', identity, privilege: 'CREATE', accesses: create },
    ]),
  ];
}

// Where an object has no ACL, acldefault gives its built-in privileges.
const HELD_PRIVILEGES = `
  SELECT held.what, coalesce(r.rolname, 'PUBLIC') AS grantee, a.privilege_type AS privilege, a.is_grantable AS grantable
    FROM (
      SELECT format('%I.%I', n.nspname, c.relname) AS what, c.relowner AS owner,
          coalesce(c.relacl, acldefault(CASE c.relkind WHEN 'S' THEN 's' ELSE 'r' END::"char", c.relowner)) AS acl
        FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
        WHERE n.nspname = ANY ($1) AND c.relkind IN ('r', 'p', 'v', 'm', 'f')
      UNION ALL
      SELECT format('%I.%I', n.nspname, c.relname), c.relowner, f.attacl
        FROM pg_attribute f JOIN pg_class c ON c.oid = f.attrelid JOIN pg_namespace n ON n.oid = c.relnamespace
        WHERE n.nspname = ANY ($1) AND f.attnum > 0
    ) AS held CROSS JOIN aclexplode(held.acl) AS a LEFT JOIN pg_roles r ON r.oid = a.grantee
    WHERE a.grantee <> held.owner`;

const ALLOWED = 'allowed by a rule';
const NOT_ALLOWED = 'allowed by no rule';

/** Every privilege that a role holds on a table must be allowed by a rule. */
export function heldPrivilegesCheck(config: AccessConfig, tables: readonly TableCases[]): Check {
  return {
    name: 'no role holds a privilege on a table that no rule allows',
    fix: "revoke the privilege in a migration (REVOKE <privilege> ON <table> FROM <role>), or add it to `access` of the table's cases",
    prove: async ({ sql }) => {
      const rows = await sql.unsafe<{ what: string; grantee: string; privilege: string; grantable: boolean }[]>(
        HELD_PRIVILEGES,
        [Object.keys(config.schemas)],
      );
      const byTable = new Map(tables.map((cases) => [cases.table, cases]));
      return rows.map(({ what, grantee, privilege, grantable }): Observation => {
        const cases = byTable.get(what);
        const isAllowed = !grantable && allows(config, cases, grantee, privilege);
        const option = grantable ? ' with grant option' : '';
        const where = cases === undefined ? '' : ` (\`access\` in ${fileOf(cases)})`;
        const actual = isAllowed ? ALLOWED : `${NOT_ALLOWED}${where}`;
        return { what: `${privilege}${option} on ${what} for ${grantee}`, expected: ALLOWED, actual };
      });
    },
  };
}

/** Whether a rule of the table allows the operation to a client with that role. */
function allows(config: AccessConfig, cases: TableCases | undefined, role: string, privilege: string): boolean {
  const positions = config.clients.flatMap((client, position) => (client.role === role ? [position] : []));
  const rules = cases?.access?.rules.filter(([operations]) =>
    operations.some((operation) => operation.toUpperCase() === privilege),
  );
  return positions.some((position) => rules?.some(([, , accesses]) => (accesses[position] ?? 'refused') !== 'refused'));
}
