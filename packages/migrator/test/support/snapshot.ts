import { dumpSchema, readCatalog } from '@app/catalog';
import type { Sql } from './database.ts';

/** Schema, rows and ledger of a database after the sample, for comparison. */
export async function snapshot(sql: Sql): Promise<unknown> {
  const [songs] =
    await sql`select count(*)::int as n, sum(plays)::int as plays, count(*) filter (where mood = 'wild')::int as wild from app.songs`;
  const audit = await sql`select what from app.audit order by what`;
  const ledger = await sql`select hash, created_at from drizzle.__drizzle_migrations order by created_at`;
  const [unusable] =
    await sql`select count(*)::int as n from pg_index where not (indisvalid and indisready and indislive)`;
  const [progress] = await sql`select count(*)::int as n from drizzle.__migrator_progress`;
  return {
    schema: dumpSchema(await readCatalog(sql)),
    songs,
    audit: [...audit],
    ledger: [...ledger],
    unusable,
    progress,
  };
}
