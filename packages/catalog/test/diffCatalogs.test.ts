import { beforeAll, expect, test } from 'vitest';
import { type Catalog, diffCatalogs, readCatalog } from '../src/index.ts';
import { allKindsDatabase } from './support/databases.ts';

interface Damage {
  readonly what: string;
  readonly sql: string;
  /** `change kind identity` of every difference that the damage makes. */
  readonly seen: readonly string[];
}

/** A partitioned table with its partitions: a change of the table also changes each partition. */
const EVENTS = ['shop.events', 'shop.events_2024', 'shop.events_rest', 'shop."events rest one"'];

// Each changes objects of its own, so that one database can have all of them and is read once. The properties of every kind
// are in packages/verifier/test/support/damages.sql.
const DAMAGES: readonly Damage[] = [
  {
    what: 'a weakened check',
    sql: `ALTER TABLE shop.events DROP CONSTRAINT events_id, ADD CONSTRAINT events_id CHECK (id >= 0)`,
    seen: EVENTS.map((table) => `changed constraint events_id on ${table}`),
  },
  {
    what: 'a dropped unique constraint',
    sql: 'ALTER TABLE shop.derived DROP CONSTRAINT derived_extra_key',
    seen: ['missing constraint derived_extra_key on shop.derived', 'missing index shop.derived_extra_key'],
  },
  {
    what: 'a column that may be null',
    sql: 'ALTER TABLE shop.events ALTER COLUMN body SET NOT NULL; ALTER TABLE shop.orders ALTER COLUMN tenant DROP NOT NULL',
    seen: [...EVENTS.map((table) => `changed column ${table}.body`), 'changed column shop.orders.tenant'],
  },
  {
    what: 'an index that an interrupted build left behind',
    sql: `UPDATE pg_index SET indisvalid = false, indisready = false WHERE indexrelid = 'shop.events_2024_only'::regclass`,
    seen: ['changed index shop.events_2024_only'],
  },
  {
    what: 'another owner',
    sql: 'ALTER TABLE shop.scratch OWNER TO writer',
    seen: [
      'missing grant on table shop.scratch to postgres',
      'changed table shop.scratch',
      'extra grant on table shop.scratch to writer',
    ],
  },
  {
    what: 'default privileges taken back',
    sql: 'ALTER DEFAULT PRIVILEGES IN SCHEMA shop REVOKE SELECT ON TABLES FROM reader',
    seen: ['missing default privilege on tables of role postgres in schema shop'],
  },
  {
    what: 'an option of the TOAST table',
    sql: 'ALTER TABLE shop.one_to_one ADD COLUMN long text; ALTER TABLE shop.one_to_one SET (toast.autovacuum_enabled = false)',
    seen: ['changed table shop.one_to_one', 'extra column shop.one_to_one.long'],
  },
  {
    what: 'an additional object',
    sql: 'CREATE VIEW shop.spy AS SELECT 1 AS one',
    seen: ['extra column shop.spy.one', 'extra grant on table shop.spy to postgres', 'extra view shop.spy'],
  },
];

let undamaged: Catalog;
let seen: string[];

beforeAll(async () => {
  await using database = await allKindsDatabase(18);
  undamaged = await readCatalog(database.sql);
  const damaged = await catalogAfter(DAMAGES.map(({ sql }) => sql).join(';\n'));
  const differences = diffCatalogs(undamaged, damaged, { acrossVersions: true });
  seen = differences.map(({ change, kind, identity }) => `${change} ${kind} ${identity}`);
});

test('the same schema built twice has no differences', async () => {
  expect(diffCatalogs(undamaged, await catalogAfter('SELECT 1'))).toEqual([]);
});

test.each(DAMAGES)('the diff shows $what', ({ seen: expected }) => {
  expect(seen).toEqual(expect.arrayContaining([...expected]));
});

test('the diff shows no other difference', () => {
  expect(seen.toSorted()).toEqual(DAMAGES.flatMap((damage) => damage.seen).sort());
});

test('a change of owner shows both owners, and ignoreOwners leaves it out', async () => {
  const changed = await catalogAfter('ALTER STATISTICS shop.customers_stats OWNER TO writer');
  const [difference] = diffCatalogs(undamaged, changed);
  expect(difference?.expected).toMatch(/OWNER TO postgres$/);
  expect(difference?.actual).toMatch(/OWNER TO writer$/);
  expect(diffCatalogs(undamaged, changed, { ignoreOwners: true })).toEqual([]);
});

async function catalogAfter(damage: string): Promise<Catalog> {
  await using database = await allKindsDatabase(18);
  await database.sql.unsafe(damage);
  return await readCatalog(database.sql);
}
