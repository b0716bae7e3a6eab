import type { Catalog } from '@app/catalog';
import type { TableCases } from '../cases/tableCases.ts';
import { fileOf } from '../cases/tables.ts';
import type { Check, Observation } from '../check.ts';
import type { AccessEvidence } from '../evidence.ts';
import { literal } from '../sql/statements.ts';
import { type Actor, accessOf, forEachActor } from './actors.ts';
import { withRows } from './evidence.ts';
import type { AccessConfig, Accesses } from './matrix.ts';
import { accessFix } from './tableAccess.ts';

/** An object that is open or closed as a whole, and the server's own question for it. */
interface Asked {
  readonly kind: 'function' | 'sequence' | 'schema';
  readonly identity: string;
  readonly privilege: string;
  readonly accesses: Accesses | undefined;
}

/** The server is asked for each client whether it may use each function, sequence and schema. */
export function privilegesCheck(matrix: AccessConfig, expected: Catalog): Check {
  return {
    name: 'functions, sequences and schemas',
    fix: accessFix('`access` of the config'),
    prove: async ({ superuser }) => {
      const observations: Observation[] = [];
      const asked = allAsked(matrix, expected);
      const outcomes = new Map<Asked, Record<string, string>>();
      await forEachActor(superuser, matrix, async (transaction, actor) => {
        const values = asked.map(
          ({ kind, identity, privilege }) =>
            `has_${kind}_privilege(${literal(actor.role)}, ${literal(identity)}, ${literal(privilege)})`,
        );
        const [row = []] = await transaction.unsafe(`SELECT ${values.join(', ')}`).values();
        for (const [index, item] of asked.entries()) {
          observations.push(observationOf(item, actor, row[index] === true));
          outcomes.set(item, { ...outcomes.get(item), [actor.name]: row[index] === true ? 'all' : 'refused' });
        }
      });
      const rows = [...outcomes].map(([{ kind, identity, privilege }, own]): AccessEvidence => {
        return { kind: 'access', object: `${kind} ${identity}`, operation: privilege.toLowerCase(), outcomes: own };
      });
      return withRows(observations, rows);
    },
  };
}

function observationOf({ kind, identity, privilege, accesses }: Asked, actor: Actor, held: boolean): Observation {
  const what = `${actor.name}: ${privilege} on ${kind} ${identity}`;
  const say = (allowed: boolean) => (allowed ? 'allowed' : 'refused');
  return { what, expected: say(accessOf(actor, accesses) !== 'refused'), actual: say(held) };
}

function allAsked({ functions = {}, sequences = {}, schemas }: AccessConfig, expected: Catalog): Asked[] {
  const identities = (kind: Asked['kind'], named: Readonly<Record<string, Accesses>>) => [
    ...new Set([...expected.objects.filter((it) => it.kind === kind).map((it) => it.identity), ...Object.keys(named)]),
  ];
  return [
    ...identities('function', functions).map((identity): Asked => {
      return { kind: 'function', identity, privilege: 'EXECUTE', accesses: functions[identity] };
    }),
    ...identities('sequence', sequences).flatMap((identity): Asked[] =>
      ['USAGE', 'SELECT', 'UPDATE'].map((privilege) => ({
        ...{ kind: 'sequence', identity, privilege, accesses: sequences[identity] },
      })),
    ),
    ...Object.entries(schemas).flatMap(([identity, { usage, create }]): Asked[] => [
      { kind: 'schema', identity, privilege: 'USAGE', accesses: usage },
      { kind: 'schema', identity, privilege: 'CREATE', accesses: create },
    ]),
  ];
}

// Default privileges of an owner, and those that every object has without a word, are in acldefault.
const HELD = `
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

const OUTSIDE = 'beyond the matrix';
const INSIDE = 'spoken of in the matrix';

/** Every privilege that a role holds on a table is one that the matrix gives. */
export function heldPrivilegesCheck(matrix: AccessConfig, tables: readonly TableCases[]): Check {
  return {
    name: 'no role holds a privilege on a table that the matrix does not speak of',
    fix: "revoke it by a migration, by name (REVOKE <privilege> ON <table> FROM <role>), or add it to `access` of the table's cases",
    prove: async ({ sql }) => {
      const rows = await sql.unsafe<{ what: string; grantee: string; privilege: string; grantable: boolean }[]>(HELD, [
        Object.keys(matrix.schemas),
      ]);
      const byTable = new Map(tables.map((cases) => [cases.table, cases]));
      return rows.map(({ what, grantee, privilege, grantable }): Observation => {
        const cases = byTable.get(what);
        const isSpokenOf = !grantable && gives(matrix, cases, grantee, privilege);
        const option = grantable ? ' with grant option' : '';
        const where = cases === undefined ? '' : ` (\`access\` in ${fileOf(cases)})`;
        const actual = isSpokenOf ? INSIDE : `${OUTSIDE}${where}`;
        return { what: `${privilege}${option} on ${what} for ${grantee}`, expected: INSIDE, actual };
      });
    },
  };
}

/** Whether some rule of the table lets a client of that role do the operation. */
function gives(matrix: AccessConfig, cases: TableCases | undefined, role: string, privilege: string): boolean {
  const positions = matrix.clients.flatMap((client, position) => (client.role === role ? [position] : []));
  const rules = cases?.access?.rules.filter(([operations]) =>
    operations.some((operation) => operation.toUpperCase() === privilege),
  );
  return positions.some((position) => rules?.some(([, , accesses]) => (accesses[position] ?? 'refused') !== 'refused'));
}
