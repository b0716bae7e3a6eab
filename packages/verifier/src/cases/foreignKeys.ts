import { type ConstraintObject, objectKey } from '@app/catalog';
import type postgres from 'postgres';
import type { Check, Observation } from '../check.ts';
import { attempt, refused } from '../sql/attempt.ts';
import { identifier, insert, type Row } from '../sql/statements.ts';
import { isDeclared, literalsOf } from './keys.ts';
import { fileOf, shortName, type Table, withParents } from './tables.ts';

/** Every foreign key refuses an orphan, and does what ON DELETE says; a declared case replaces the first. */
export function foreignKeyChecks(table: Table): Check[] {
  return table.constraints
    .filter(({ name, references }) => references !== undefined && !isDeclared(table, name))
    .map((constraint) => foreignKeyCheck(table, constraint));
}

function foreignKeyCheck(table: Table, constraint: ConstraintObject): Check {
  const { cases } = table;
  return {
    name: `${shortName(cases.table)}: ${constraint.name}`,
    fix: `write a migration that restores it: ${constraint.definition}; or declare its cases in ${fileOf(cases)}`,
    proves: [objectKey(constraint)],
    prove: (database) =>
      withParents(database, table, async (transaction) => {
        const orphan = insert(cases.table, { ...cases.row(1), ...orphanKey(table, constraint.columns) });
        const refusal = refused('23503', constraint.name);
        const observations: Observation[] = [
          { what: 'a row that refers to nothing', expected: refusal, actual: await attempt(transaction, orphan) },
        ];
        const given = constraint.columns.every((column) => (cases.row(1)[column] ?? 'NULL') !== 'NULL');
        return given ? [...observations, await whenParentGoes(transaction, table, constraint)] : observations;
      }),
  };
}

/** Values that no parent has. */
function orphanKey({ columns }: Table, names: readonly string[]): Row {
  return Object.fromEntries(
    names.map((name) => {
      const type = columns.find((column) => column.name === name)?.type ?? 'text';
      if (type === 'uuid') return [name, 'gen_random_uuid()'];
      if (/^(?:smallint|integer|bigint|numeric)/.test(type)) return [name, '-12345'];
      return [name, `left(md5(random()::text), 8)::${type}`];
    }),
  );
}

const COMES_TO = {
  cascade: 'the row goes with its parent',
  'set null': 'the row refers to nothing any more',
  'set default': 'the row refers to nothing any more',
  'no action': 'the parent stays',
  restrict: 'the parent stays',
} as const;

async function whenParentGoes(
  transaction: postgres.TransactionSql,
  table: Table,
  { columns, references }: ConstraintObject,
): Promise<Observation> {
  if (references === undefined) throw new Error('a foreign key refers to a table');
  const { cases } = table;
  const key = await literalsOf(transaction, table, columns);
  const where = (names: readonly string[]) =>
    names.map((name, index) => `${identifier(name)} = ${key[columns[index] ?? '']}`).join(' AND ');
  const count = async (condition: string) => {
    const [row] = await transaction.unsafe(`SELECT count(*)::int FROM ${cases.table}${condition}`).values();
    return Number(row?.[0]);
  };
  const [total, referring] = [await count(''), await count(` WHERE ${where(columns)}`)];
  const what = `its parent is deleted (ON DELETE ${references.onDelete.toUpperCase()})`;
  const expected = COMES_TO[references.onDelete];
  // The refusal of NO ACTION is 23503, that of RESTRICT 23001 from PostgreSQL 18 on.
  const outcome = await deletion(transaction, `DELETE FROM ${references.table} WHERE ${where(references.columns)}`);
  if (outcome !== 'done')
    return { what, expected, actual: /^refused: 23(?:503|001) /.test(outcome) ? COMES_TO.restrict : outcome };
  if ((await count('')) === total - referring) return { what, expected, actual: COMES_TO.cascade };
  const left = await count(` WHERE ${where(columns)}`);
  return { what, expected, actual: left === 0 ? COMES_TO['set null'] : 'the row still refers to it' };
}

async function deletion(transaction: postgres.TransactionSql, statement: string): Promise<string> {
  const outcome = await attempt(transaction, statement);
  if (outcome !== 'accepted') return outcome;
  await transaction.unsafe(statement);
  return 'done';
}
