import { type ConstraintObject, objectKey } from '@app/catalog';
import type postgres from 'postgres';
import type { Check, Observation } from '../check.ts';
import { ACCEPTED, identifier, insert, type Row, refusalText, tryAndKeep, tryStatement } from '../sql/statements.ts';
import { insertFirstRow } from './keys.ts';
import { fileOf, hasCases, type SourceTable, shortName, withParents } from './tableCases.ts';

/** A check for each foreign key without cases: it must refuse an orphan, and do what ON DELETE says. */
export function foreignKeyChecks(table: SourceTable): Check[] {
  return table.constraints
    .filter(({ name, references }) => references !== undefined && !hasCases(table, name))
    .map((constraint) => foreignKeyCheck(table, constraint));
}

function foreignKeyCheck(table: SourceTable, constraint: ConstraintObject): Check {
  const { cases } = table;
  return {
    name: `${shortName(cases.table)}: ${constraint.name}`,
    fix: `write a migration that restores it: ${constraint.definition}; or add cases of it to ${fileOf(cases)}`,
    proves: [objectKey(constraint)],
    prove: (database) =>
      withParents(database, table, async (transaction) => {
        const orphan = insert(cases.table, { ...cases.row(1), ...orphanKey(table, constraint.columns) });
        const refusal = refusalText('23503', constraint.name);
        const observations: Observation[] = [
          { what: 'a row without a parent', expected: refusal, actual: await tryStatement(transaction, orphan) },
        ];
        const hasParent = constraint.columns.every((column) => (cases.row(1)[column] ?? 'NULL') !== 'NULL');
        return hasParent ? [...observations, await deleteParent(transaction, table, constraint)] : observations;
      }),
  };
}

/** Key values that no parent has. */
function orphanKey({ columns }: SourceTable, names: readonly string[]): Row {
  return Object.fromEntries(
    names.map((name) => {
      const type = columns.find((column) => column.name === name)?.type ?? 'text';
      if (type === 'uuid') return [name, 'gen_random_uuid()'];
      if (/^(?:smallint|integer|bigint|numeric)/.test(type)) return [name, '-12345'];
      return [name, `left(md5(random()::text), 8)::${type}`];
    }),
  );
}

const EFFECTS = {
  cascade: 'the row is deleted too',
  'set null': 'the row no longer refers to the parent',
  'set default': 'the row no longer refers to the parent',
  'no action': 'the deletion is refused',
  restrict: 'the deletion is refused',
} as const;

async function deleteParent(
  transaction: postgres.TransactionSql,
  table: SourceTable,
  { columns, references }: ConstraintObject,
): Promise<Observation> {
  if (references === undefined) throw new Error('a foreign key refers to a table');
  const { cases } = table;
  const key = await insertFirstRow(transaction, table, columns);
  const where = (names: readonly string[]) =>
    names.map((name, index) => `${identifier(name)} = ${key[columns[index] ?? '']}`).join(' AND ');
  const count = async (condition: string) => {
    const [row] = await transaction.unsafe(`SELECT count(*)::int FROM ${cases.table}${condition}`).values();
    return Number(row?.[0]);
  };
  const [total, referring] = [await count(''), await count(` WHERE ${where(columns)}`)];
  const what = `the parent is deleted (ON DELETE ${references.onDelete.toUpperCase()})`;
  const expected = EFFECTS[references.onDelete];
  // NO ACTION raises 23503; RESTRICT raises 23001 from PostgreSQL 18 on.
  const outcome = await tryAndKeep(transaction, `DELETE FROM ${references.table} WHERE ${where(references.columns)}`);
  if (outcome !== ACCEPTED)
    return { what, expected, actual: /^refused: 23(?:503|001) /.test(outcome) ? EFFECTS.restrict : outcome };
  if ((await count('')) === total - referring) return { what, expected, actual: EFFECTS.cascade };
  const left = await count(` WHERE ${where(columns)}`);
  return { what, expected, actual: left === 0 ? EFFECTS['set null'] : 'the row still refers to the parent' };
}
