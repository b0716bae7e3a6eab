import type { Sql, TransactionSql } from 'postgres';

/** Runs `work` in one transaction without triggers, including those of foreign keys. */
export async function withoutTriggers(sql: Sql, work: (sql: TransactionSql) => Promise<void>): Promise<void> {
  await sql.begin(async (tx) => {
    await tx`SET LOCAL session_replication_role = replica`;
    await work(tx);
  });
}

/**
 * Drops the table's indexes, keys and checks during `work`, whose rows must satisfy them all: a fill takes a fraction of the
 * time. The checks are created again as NOT VALID, which still checks later rows.
 */
export async function bare(sql: TransactionSql, table: string, work: () => Promise<void>): Promise<void> {
  const objects = await sql<{ off: string; on: string }[]>`
    SELECT format('ALTER TABLE %s DROP CONSTRAINT %I', conrelid::regclass, conname) AS off,
           format('ALTER TABLE %s ADD CONSTRAINT %I %s %s', conrelid::regclass, conname, pg_get_constraintdef(oid),
                  CASE WHEN contype = 'c' AND convalidated THEN 'NOT VALID' END) AS on
      FROM pg_constraint
     WHERE conrelid = ${table}::regclass AND contype IN ('c', 'p', 'u')
     UNION ALL
    SELECT 'DROP INDEX ' || indexrelid::regclass, pg_get_indexdef(indexrelid)
      FROM pg_index AS i
     WHERE indrelid = ${table}::regclass AND NOT EXISTS (SELECT FROM pg_constraint WHERE conindid = i.indexrelid)`;
  for (const { off } of objects) await sql.unsafe(off);
  await work();
  for (const { on } of objects) await sql.unsafe(on);
}
