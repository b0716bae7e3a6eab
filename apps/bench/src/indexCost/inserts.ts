import type { Sql } from 'postgres';
import type { Contender } from '../harness/interleave.ts';
import type { Copy } from './subjects.ts';

/** The figures of one batch of inserts. */
export interface Batch {
  readonly ms: number;
  /** Bytes of WAL. */
  readonly walBytes: number;
}

/** Inserts `count` new rows into a copy of the table in each round. */
export function inserting(
  sql: Sql,
  of: keyof typeof NEW_ROWS,
  { label, table }: Copy,
  count: number,
): Contender<Batch> {
  let from = 1;
  return {
    name: label,
    role: label.startsWith('without') ? 'control' : 'ours',
    run: async () => {
      const before = await position(sql);
      const started = performance.now();
      await sql.unsafe(`INSERT INTO ${table} ${NEW_ROWS[of]} FROM generate_series(${from}, ${from + count - 1}) AS n`);
      const ms = performance.now() - started;
      from += count;
      return { ms, walBytes: (await position(sql)) - before };
    },
  };
}

async function position(sql: Sql): Promise<number> {
  const [row] = await sql<{ bytes: string }[]>`SELECT pg_current_wal_insert_lsn() - '0/0' AS bytes`;
  return Number(row?.bytes);
}

/** New rows of each table, with random ids and keys, as the defaults of the columns give them. */
const NEW_ROWS = {
  uploads: `(id, user_id, file_key, content_type, size_bytes, title)
    SELECT gen_random_uuid(), md5('user' || n % 10000)::uuid, md5('user' || n % 10000)::uuid || '/' || gen_random_uuid(),
           'audio/mpeg', 1000, 'Take ' || n`,
  library_tracks: `(id, title, artist, genre, duration_ms, file_key, preview_key)
    SELECT gen_random_uuid(), 'Track ' || n, 'Artist ' || n % 5000,
           (ARRAY['ambient', 'blues', 'folk', 'jazz', 'rock'])[1 + n % 5], 180000,
           'library/' || gen_random_uuid(), 'previews/' || gen_random_uuid()`,
};
