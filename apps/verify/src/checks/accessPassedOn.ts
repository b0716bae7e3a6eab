import type { AccessConfig, TableRule } from '../access.ts';
import type { Check } from '../check.ts';
import { rolesOf, tryAs } from '../sql/actors.ts';
import { identifier, literal } from '../sql/statements.ts';
import { denied, FIX, nameOf } from './accessOutcome.ts';
import { tableProbes } from './accessTables.ts';

/** Whoever holds a privilege tries to give it to a role that holds none, which then tries to use it. */
export function passedOnChecks(access: AccessConfig): Check[] {
  if (access.clients.every(({ role }) => role !== undefined)) return [];
  return [
    ...Object.entries(access.tables).map(([table, rules]) => ofTable(access, table, rules)),
    ...Object.keys(access.functions).map((identity) => ofFunction(access, identity)),
  ];
}

const isOutsider = ({ role }: { readonly role?: string }) => role === undefined;

function ofTable(access: AccessConfig, table: string, rules: readonly TableRule[]): Check {
  return {
    name: `table ${nameOf(table)}: nobody passes on what was granted to him`,
    fix: FIX,
    prove: async ({ superuser }) => {
      const rows = access.rows[table];
      if (rows === undefined) return [{ what: 'rows to try it on', expected: 'some', actual: 'none' }];
      const grants = [
        `GRANT ALL ON ${table} TO $OUTSIDER`,
        ...Object.keys(rows.values).map((column) => `GRANT ALL (${identifier(column)}) ON ${table} TO $OUTSIDER`),
      ];
      return await tryAs(
        { superuser, access },
        (actor) => (isOutsider(actor) ? rules.flatMap((rule) => tableProbes(table, rows, rules, rule, actor)) : []),
        passing(access, grants),
      );
    },
  };
}

function ofFunction(access: AccessConfig, identity: string): Check {
  return {
    name: `function ${identity.replace('public.', '')}: nobody passes on what was granted to him`,
    fix: FIX,
    prove: async ({ superuser }) => {
      const call = access.calls[identity];
      if (call === undefined) return [{ what: 'a call of it', expected: 'one', actual: 'none' }];
      const [schema = ''] = identity.split('.');
      const opened = `GRANT USAGE ON SCHEMA ${schema} TO PUBLIC`;
      return await tryAs(
        { superuser, access },
        (actor) =>
          isOutsider(actor) ? [{ statement: `SELECT ${call.sql}`, expected: denied('function', identity) }] : [],
        [opened, ...passing(access, [`GRANT ALL ON FUNCTION ${identity} TO $OUTSIDER`])],
      );
    },
  };
}

/** Each role's attempt; one that may not is told so, or warned. */
function passing(access: AccessConfig, grants: readonly string[]): string[] {
  return rolesOf(access).flatMap((role) => [
    `SET LOCAL ROLE ${identifier(role)}`,
    ...grants.map(
      (grant) => `DO $do$ BEGIN EXECUTE ${literal(grant)}; EXCEPTION WHEN insufficient_privilege THEN NULL; END $do$`,
    ),
    'RESET ROLE',
  ]);
}
