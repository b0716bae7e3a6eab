import type { Sql, TransactionSql } from 'postgres';

/** Runs `work` with every trigger off, the foreign keys' own included, in one transaction. */
export async function withoutTriggers(sql: Sql, work: (sql: TransactionSql) => Promise<void>): Promise<void> {
  await sql.begin(async (tx) => {
    await tx`SET LOCAL session_replication_role = replica`;
    await work(tx);
  });
}

/**
 * Takes the table's indexes, keys and checks away for the length of `work`, which has to keep them all: a fill takes a
 * fraction of the time. The checks come back unvalidated, which changes nothing for the rows that come later.
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
