import type { AccessConfig, TableRule } from '../access.ts';
import type { Check } from '../check.ts';
import { rolesOf, tryAs } from '../sql/actors.ts';
import { identifier } from '../sql/statements.ts';
import { FIX, nameOf } from './accessOutcome.ts';
import { rowsRefused, tableProbes } from './accessTables.ts';

/** Were everything granted to everybody, what row security alone would let through; and what it hides from an owner. */
export function behindGrantsChecks(access: AccessConfig): Check[] {
  return Object.entries(access.rowSecurity ?? {}).flatMap(([table, rules]) => [
    behindGrants(access, table, rules),
    ...(access.clients.some(({ role }) => role === undefined) ? [asItsOwner(access, table)] : []),
  ]);
}

function behindGrants(access: AccessConfig, table: string, rules: readonly TableRule[]): Check {
  return {
    name: `table ${nameOf(table)}: row security behind the grants`,
    fix: FIX,
    prove: async ({ superuser }) => {
      const rows = access.rows[table];
      if (rows === undefined) return [{ what: 'rows to try it on', expected: 'some', actual: 'none' }];
      const everybody = [...rolesOf(access).map(identifier), '$OUTSIDER'].join(', ');
      const tried = (clients: AccessConfig['clients']) =>
        tryAs(
          { superuser, access: { ...access, clients } },
          (actor) => rules.flatMap((rule) => tableProbes(table, rows, rules, rule, actor, rowsRefused(table))),
          [`GRANT ALL ON ${table} TO ${everybody}`],
        );
      return [...(await tried(access.clients)), ...(await tried(impostors(access)))];
    },
  };
}

/** A role that is nobody's gets nowhere with somebody's claims: it is the role that a policy is for. */
function impostors({ clients }: AccessConfig): AccessConfig['clients'] {
  const sub = clients.find(({ claims }) => claims?.sub !== undefined)?.claims?.sub;
  if (sub === undefined) return [];
  return clients.map((client) =>
    client.claims?.sub === undefined
      ? { ...client, name: `${client.name} with a user's claims`, claims: { ...client.claims, sub } }
      : client,
  );
}

/** An owner without further powers sees all rows, unless row security is forced on him. */
function asItsOwner(access: AccessConfig, table: string): Check {
  return {
    name: `table ${nameOf(table)}: its owner sees every row`,
    fix: FIX,
    prove: async ({ superuser }) => {
      const all = access.rows[table]?.rows.all ?? 0;
      return await tryAs(
        { superuser, access },
        (actor) => (actor.role === undefined ? [{ statement: `SELECT FROM ${table}`, expected: `${all} rows` }] : []),
        [`ALTER TABLE ${table} OWNER TO $OUTSIDER`],
      );
    },
  };
}
