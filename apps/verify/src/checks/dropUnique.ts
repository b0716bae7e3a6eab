import type { IndexObject } from '@app/catalog';
import type postgres from 'postgres';
import type { Project } from '../project.ts';
import { identifier } from '../sql/statements.ts';

/** Drops indexes, with the constraints that they belong to, which would refuse first what is tried of another one. */
export async function dropUnique(
  transaction: postgres.TransactionSql,
  { model }: Project,
  table: string,
  isInTheWay: (index: IndexObject) => boolean,
): Promise<void> {
  for (const index of model.get(table)?.indexes ?? []) {
    if (!index.unique || index.attachedTo !== undefined || !isInTheWay(index)) continue;
    await transaction.unsafe(
      index.constraint === undefined
        ? `DROP INDEX ${index.identity}`
        : `ALTER TABLE ${index.table} DROP CONSTRAINT ${identifier(index.constraint)} CASCADE`,
    );
  }
}
