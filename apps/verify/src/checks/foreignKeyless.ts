import type postgres from 'postgres';
import { foreignKeysOf } from '../derive/model.ts';
import type { Project } from '../project.ts';
import { identifier } from '../sql/statements.ts';

/** For a transaction that is rolled back: what keys tell apart has nothing to do with parents. */
export async function dropForeignKeys(
  transaction: postgres.TransactionSql,
  { model }: Project,
  table: string,
): Promise<void> {
  const own = model.get(table);
  if (own === undefined) return;
  if (own.table.partitionOf !== undefined)
    await dropForeignKeys(transaction, { model } as Project, own.table.partitionOf);
  for (const { name, inherited } of foreignKeysOf(own)) {
    if (!inherited) await transaction.unsafe(`ALTER TABLE ${table} DROP CONSTRAINT ${identifier(name)}`);
  }
}
