import { arrayContains, inArray, type SQL, sql } from 'drizzle-orm';
import { integer, pgTable, text, timestamp } from 'drizzle-orm/pg-core';
import { drizzle, type PostgresJsDatabase } from 'drizzle-orm/postgres-js';
import postgres from 'postgres';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { useService } from './support/service.ts';

const playlists = pgTable('playlists', {
  id: integer().primaryKey(),
  tags: text().array().notNull(),
  ratings: integer().array(),
  playedAt: timestamp('played_at', { withTimezone: true }).array(),
});
const ROWS = [
  { id: 1, tags: ['slow', 'a "quoted", one', 'back\\slash', ''], ratings: [1, 2], playedAt: [new Date(0)] },
  { id: 2, tags: [], ratings: null, playedAt: null },
];

/** With its defaults, postgres.js reads the array types from the server at each connection. The connections here do not. */
describe('arrays through `db`, beside Drizzle over postgres.js', () => {
  const made = useService({ bootstrap: 'plain', as: 'owner' });
  let client: postgres.Sql;
  let ours: PostgresJsDatabase;
  let stock: PostgresJsDatabase;
  beforeAll(async () => {
    ours = made.database.db as unknown as PostgresJsDatabase;
    client = postgres(made.db.database.url, { max: 1, onnotice: () => undefined });
    stock = drizzle(client);
    await client`CREATE TABLE public.playlists (id int PRIMARY KEY, tags text[] NOT NULL, ratings int[], played_at timestamptz[])`;
    await ours.insert(playlists).values(ROWS);
  });
  afterAll(() => client.end());

  test('columns of arrays are written and read, and inArray and arrayContains select by them', async () => {
    expect(await ours.select().from(playlists).orderBy(playlists.id)).toEqual(ROWS);
    expect(await stock.select().from(playlists).orderBy(playlists.id)).toEqual(ROWS);
    const ids = { id: playlists.id };
    const { tags } = playlists;
    expect(
      await ours
        .select(ids)
        .from(playlists)
        .where(inArray(playlists.id, [2, 3])),
    ).toEqual([{ id: 2 }]);
    expect(
      await ours
        .select(ids)
        .from(playlists)
        .where(arrayContains(tags, ['back\\slash', ''])),
    ).toEqual([{ id: 1 }]);
  });

  const given: [string, SQL, unknown][] = [
    ['= ANY of texts', sql`SELECT 'b' = ANY(${sql.param(['a', 'b'])}) AS found`, true],
    ['= ANY of numbers', sql`SELECT 2 = ANY(${sql.param([1, 2])}) AS found`, true],
    ['= ANY of none', sql`SELECT 2 = ANY(${sql.param([])}::int[]) AS found`, false],
    [
      'texts that need quotes',
      sql`SELECT ${sql.param(['"', '\\', ',', '{}', 'NULL', ''])}::text[] AS found`,
      [...['"', '\\', ',', '{}', 'NULL', '']],
    ],
    [
      'two dimensions',
      sql`SELECT ${sql.param([
        [1, 2],
        [3, 4],
      ])}::int[] AS found`,
      [
        [1, 2],
        [3, 4],
      ],
    ],
    ['booleans', sql`SELECT ARRAY[true, false] AS found`, [true, false]],
    ['bigints', sql`SELECT ARRAY[9007199254740993]::bigint[] AS found`, ['9007199254740993']],
    ['floats', sql`SELECT ARRAY[0.5]::float8[] AS found`, [0.5]],
    [
      'UUIDs',
      sql`SELECT ARRAY['018f3c1e-7b7a-7000-8000-000000000001'::uuid] AS found`,
      ['018f3c1e-7b7a-7000-8000-000000000001'],
    ],
    ['JSON', sql`SELECT ARRAY['{"a": [1]}'::jsonb] AS found`, [{ a: [1] }]],
    ['bytes', sql`SELECT ARRAY['\\x00ff'::bytea] AS found`, [Buffer.from([0, 255])]],
    ['numerics, which Drizzle leaves as text', sql`SELECT ARRAY[1.50]::numeric[] AS found`, '{1.50}'],
    ['dates, which Drizzle leaves as text', sql`SELECT ARRAY['2026-01-31'::date] AS found`, '{2026-01-31}'],
  ];
  test.each(given)('raw SQL gives the same: %s', async (_, query, expected) => {
    expect([...(await ours.execute(query))]).toEqual([{ found: expected }]);
    expect([...(await stock.execute(query))]).toEqual([{ found: expected }]);
  });

  test('a null in an array is null, where postgres.js 3.4.9 gives the text NULL', async () => {
    const query = sql`SELECT ${sql.param(['a', null])}::text[] AS found`;
    expect([...(await ours.execute(query))]).toEqual([{ found: ['a', null] }]);
    expect([...(await stock.execute(query))]).toEqual([{ found: ['a', 'NULL'] }]);
  });
});
