import type { AccessConfig, Outcome, RowCounts, TableOperation, TableRows, TableRule } from '../access.ts';
import type { Check } from '../check.ts';
import { type Actor, type MatrixProbe, tryEach } from '../sql/actors.ts';
import { notAllowed } from '../sql/attempt.ts';
import { identifier, insert, type Row } from '../sql/statements.ts';
import { withMatrix } from './accessEvidence.ts';
import { denied, FIX, nameOf, outcomeFor } from './accessOutcome.ts';

export function tableCheck(access: AccessConfig, table: string, rules: readonly TableRule[]): Check {
  return {
    name: `table ${nameOf(table)}`,
    fix: FIX,
    prove: async ({ superuser }) => {
      const rows = access.rows[table];
      if (rows === undefined) return [{ what: 'rows to try it on', expected: 'some', actual: 'none' }];
      const probesOf = (actor: Actor) => rules.flatMap((rule) => tableProbes(table, rows, rules, rule, actor));
      return withMatrix(`table ${table}`, await tryEach({ superuser, access }, probesOf));
    },
  };
}

/** What the actor tries, and what must become of it; `refusal` is how he is told that he may not. */
export function tableProbes(
  table: string,
  { values, rows }: TableRows,
  rules: readonly TableRule[],
  [operations, columns, outcomes]: TableRule,
  actor: Actor,
  refusal = denied('table', table),
): MatrixProbe[] {
  const outcome = outcomeFor(actor, outcomes);
  return operations.flatMap((operation) => {
    const chosen = columns === 'rest' ? restOf(values, operation, rules) : columns;
    const row = Object.fromEntries(chosen.map((column) => [column, values[column] ?? 'NULL']));
    const expected = outcome === 'refused' ? refusal : done(operation, rows, outcome);
    const about = { operation: operationOn(operation, columns, rules), outcome, expected };
    return statementsOf(operation, table, row, outcome).map((statement) => ({ ...about, statement }));
  });
}

/** The operation with the columns that the rule is about, where there are others. */
function operationOn(operation: TableOperation, columns: TableRule[1], rules: readonly TableRule[]): string {
  if (columns !== 'rest') return `${operation} ${columns.join(', ')}`;
  const isNarrowed = rules.some(([operations, others]) => others !== 'rest' && operations.includes(operation));
  return isNarrowed ? `${operation} of other columns` : operation;
}

/** The refusal of a new row by row security. */
export function rowsRefused(table: string): string {
  return notAllowed(`new row violates row-level security policy for table "${nameOf(table)}"`);
}

function restOf(values: Row, operation: TableOperation, rules: readonly TableRule[]): string[] {
  const named = rules.flatMap(([operations, columns]) =>
    columns !== 'rest' && operations.includes(operation) ? columns : [],
  );
  return Object.keys(values).filter((column) => !named.includes(column));
}

/** One statement for each column that the operation can be granted on. */
function statementsOf(operation: TableOperation, table: string, row: Row, outcome: Outcome): string[] {
  const columns = Object.entries(row);
  switch (operation) {
    case 'select':
      return columns.map(([column]) => `SELECT ${identifier(column)} FROM ${table}`);
    case 'update':
      return columns.map(([column, value]) => `UPDATE ${table} SET ${identifier(column)} = ${value}`);
    case 'insert':
      // A refusal of each column alone; a row only comes with all of them.
      return outcome === 'refused'
        ? columns.map(([column, value]) => insert(table, { [column]: value }))
        : [insert(table, row)];
    case 'delete':
      return [`DELETE FROM ${table}`];
    case 'truncate':
      return [`TRUNCATE ${table}`];
    case 'trigger':
      return [
        `CREATE TRIGGER verify_probe BEFORE UPDATE ON ${table} FOR EACH ROW EXECUTE FUNCTION suppress_redundant_updates_trigger()`,
      ];
  }
}

function done(operation: TableOperation, rows: RowCounts, outcome: 'all' | 'own' | 'none'): string {
  if (operation === 'truncate' || operation === 'trigger') return 'done';
  if (operation === 'insert') return '1 rows';
  return `${outcome === 'none' ? 0 : rows[outcome]} rows`;
}
