import type { ConstraintObject } from '@app/catalog';
import type postgres from 'postgres';
import type { Observation } from '../check.ts';
import { ACCEPTED, attempt, refused } from '../sql/attempt.ts';
import { identifier } from '../sql/statements.ts';

/** Whether the constraint may be put off. Leaves every constraint immediate. */
export async function deferral(
  transaction: postgres.TransactionSql,
  { table, name, deferrable }: ConstraintObject,
): Promise<Observation[]> {
  const schema = /^(?:"(?:[^"]|"")*"|[^.])+/.exec(table)?.[0] ?? 'public';
  const actual = await attempt(transaction, `SET CONSTRAINTS ${schema}.${identifier(name)} DEFERRED`);
  await transaction.unsafe('SET CONSTRAINTS ALL IMMEDIATE');
  return [{ what: 'it is put off', expected: deferrable ? ACCEPTED : refused('42809'), actual }];
}
