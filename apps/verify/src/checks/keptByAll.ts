import type { ConstraintObject } from '@app/catalog';
import type postgres from 'postgres';
import type { Observation } from '../check.ts';
import { ACCEPTED, attempt } from '../sql/attempt.ts';

/** The rows that are there keep it too: one that is NOT VALID over others is read through, and refused. */
export async function keptByAll(
  transaction: postgres.TransactionSql,
  { table, identity, validated, enforced, inherited }: ConstraintObject,
): Promise<Observation[]> {
  if (!validated || !enforced || inherited) return [];
  const validation = `ALTER TABLE ${table} VALIDATE CONSTRAINT ${identity.slice(0, -` on ${table}`.length)}`;
  return [{ what: validation, expected: ACCEPTED, actual: await attempt(transaction, validation) }];
}
