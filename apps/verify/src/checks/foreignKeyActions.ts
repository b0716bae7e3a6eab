import type postgres from 'postgres';
import type { Observation } from '../check.ts';
import type { ForeignKey } from '../derive/model.ts';
import type { Project } from '../project.ts';
import { ACCEPTED, answer, refused, settle } from '../sql/attempt.ts';
import { identifier, insert, literal, type Row } from '../sql/statements.ts';

/** A parent and a child of it, apart from every other row. */
export interface Family {
  readonly parent: Row;
  readonly child: Row;
  /** Another key that the parent may have. */
  readonly otherKey: Row;
}

const DELETED = 'deleted with it';
const KEPT = 'kept as it was';
const FOLLOWS = 'follows it';

interface Trial extends Family {
  readonly transaction: postgres.TransactionSql;
  readonly project: Project;
  readonly key: ForeignKey;
}

/** What becomes of a child when its parent is deleted, gets another key, or is put back at once: each really done. */
export async function onParentsChange(trial: Trial): Promise<Observation[]> {
  const { key, parent, otherKey, project } = trial;
  const { table, columns, onDelete, onUpdate } = key.references;
  const same = columns.map((column) => `${identifier(column)} = ${parent[column]}`).join(' AND ');
  const parents = project.model.get(table)?.columns ?? [];
  const changes = columns.map((column) => {
    const isFixed = parents.find(({ name }) => name === column)?.identityKind === 'always';
    return `${identifier(column)} = ${isFixed ? 'DEFAULT' : otherKey[column]}`;
  });
  const all = Object.keys(parent).map(identifier).join(', ');
  // A parent in the same table is gone as well.
  const others = key.table === table ? `NOT (${same})` : 'true';
  const deletion = `DELETE FROM ${table} WHERE ${same}`;
  const observations = [
    {
      what: 'a row whose parent is deleted',
      expected: await expectedOf(trial, onDelete, DELETED),
      actual: await fateOf(trial, deletion, others),
    },
    {
      what: 'a row whose parent gets another key',
      expected: await expectedOf(trial, onUpdate, FOLLOWS),
      actual: await fateOf(trial, `UPDATE ${table} SET ${changes.join(', ')} WHERE ${same}`),
    },
  ];
  if (onDelete !== 'no action' && onDelete !== 'restrict') return observations;
  // What tells the two apart: by the end of the statement the parent is there again.
  const back = `WITH gone AS (${deletion} RETURNING *)
    INSERT INTO ${table} (${all}) OVERRIDING SYSTEM VALUE SELECT ${all} FROM gone`;
  const expected = onDelete === 'restrict' ? await expectedOf(trial, onDelete, DELETED) : KEPT;
  return [
    ...observations,
    { what: 'a row whose parent is put back at once', expected, actual: await fateOf(trial, back) },
  ];
}

async function expectedOf(
  { transaction, project, key, child }: Trial,
  action: ForeignKey['references']['onDelete'],
  onCascade: string,
): Promise<string> {
  if (action === 'cascade') return onCascade;
  if (action === 'no action') return refused('23503');
  if (action === 'restrict') return refused((await majorOf(transaction)) >= 18 ? '23001' : '23503');
  // ON DELETE SET NULL and SET DEFAULT may name some of the columns.
  const [, named] = /ON DELETE SET (?:NULL|DEFAULT) \(([^)]*)\)/.exec(key.definition) ?? [];
  const columns = project.model.get(key.table)?.columns ?? [];
  const left = key.columns.map((column) => {
    if (named !== undefined && !named.split(', ').includes(asWritten(column))) return [column, child[column] ?? 'NULL'];
    const fallback = columns.find(({ name }) => name === column)?.default;
    return [column, action === 'set default' ? (fallback ?? 'NULL') : 'NULL'];
  });
  return `kept with ${await keyText(transaction, project, key, Object.fromEntries(left))}`;
}

/** PostgreSQL 18 has a SQLSTATE of its own for RESTRICT. */
async function majorOf(transaction: postgres.TransactionSql): Promise<number> {
  return Math.floor(Number(await answer(transaction, `SELECT current_setting('server_version_num')`)) / 10_000);
}

function asWritten(column: string): string {
  return /^[a-z_][a-z0-9_]*$/.test(column) ? column : identifier(column);
}

/** The child's key with these values, as text. */
async function keyText(
  transaction: postgres.TransactionSql,
  { facts }: Project,
  { table, columns }: ForeignKey,
  values: Row,
): Promise<string> {
  const cast = columns.map((column) => `(${values[column] ?? 'NULL'})::${facts.types.ofColumn(table, column).sql}`);
  return await answer(transaction, `SELECT ROW(${cast.join(', ')})::text`);
}

/** Does it to the parent of a child, says what became of the child, and takes all of it back. */
async function fateOf(trial: Trial, statement: string, others = 'true'): Promise<string> {
  const { transaction, key, child } = trial;
  const keys = key.columns.map(identifier).join(', ');
  await transaction.unsafe('SAVEPOINT verify_fate');
  await transaction.unsafe(
    `CREATE TEMP TABLE verify_before ON COMMIT DROP AS SELECT ROW(${keys})::text AS key FROM ${key.table} WHERE ${others}`,
  );
  await transaction.unsafe(insert(key.table, child));
  const refusal = await settle(transaction, statement);
  const left = `SELECT key FROM (SELECT ROW(${keys})::text AS key FROM ${key.table} EXCEPT ALL SELECT key FROM pg_temp.verify_before) AS left_over`;
  const fate = refusal === ACCEPTED ? await described(trial, await answer(transaction, left)) : withoutName(refusal);
  await transaction.unsafe('ROLLBACK TO SAVEPOINT verify_fate');
  return fate;
}

async function described({ transaction, project, key, parent, otherKey }: Trial, left: string): Promise<string> {
  if (left === 'null') return DELETED;
  const { table, columns } = key.references;
  const parents = project.model.get(table)?.columns ?? [];
  const drawn = columns.map((column) => {
    const isFixed = parents.find(({ name }) => name === column)?.identityKind === 'always';
    return isFixed
      ? `currval(pg_get_serial_sequence(${literal(table)}, ${literal(column)}))`
      : (otherKey[column] ?? 'NULL');
  });
  const inChild = (values: readonly string[]) =>
    Object.fromEntries(key.columns.map((column, at) => [column, values[at] ?? 'NULL']));
  const former = await keyText(transaction, project, key, inChild(columns.map((column) => parent[column] ?? 'NULL')));
  if (left === former) return KEPT;
  const follows = await keyText(transaction, project, key, inChild(drawn));
  return left === follows ? FOLLOWS : `kept with ${left}`;
}

/** Another key of the same parent may be what refuses it. */
function withoutName(refusal: string): string {
  return refusal.split(' ').slice(0, 2).join(' ');
}
