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

// Each changes objects of its own, so that one database can have all of them and is read once.
const DAMAGES: readonly Damage[] = [
  {
    what: 'a weakened check',
    sql: `ALTER TABLE shop.events DROP CONSTRAINT events_id, ADD CONSTRAINT events_id CHECK (id >= 0)`,
    seen: EVENTS.map((table) => `changed constraint events_id on ${table}`),
  },
  {
    what: 'a check that is no longer validated',
    sql: `ALTER TABLE shop.customers DROP CONSTRAINT balance_sane,
            ADD CONSTRAINT balance_sane CHECK (balance >= 0 AND balance < 1e6) NOT VALID;
          COMMENT ON CONSTRAINT balance_sane ON shop.customers IS 'why'`,
    seen: ['changed constraint balance_sane on shop.customers'],
  },
  {
    what: 'CASCADE replaced by SET NULL',
    sql: `ALTER TABLE shop.orders DROP CONSTRAINT orders_customer_fkey, ADD CONSTRAINT orders_customer_fkey
            FOREIGN KEY (tenant, customer) REFERENCES shop.customers (tenant, id)
            ON DELETE SET NULL ON UPDATE SET NULL DEFERRABLE INITIALLY DEFERRED`,
    seen: ['changed constraint orders_customer_fkey on shop.orders'],
  },
  {
    what: 'a foreign key whose triggers are disabled',
    sql: 'ALTER TABLE shop.one_to_one DISABLE TRIGGER ALL',
    seen: ['changed constraint one_to_one_tenant_id_fkey on shop.one_to_one'],
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
    what: 'a dropped default',
    sql: 'ALTER TABLE shop.orders ALTER COLUMN placed DROP DEFAULT',
    seen: ['changed column shop.orders.placed'],
  },
  {
    what: 'a function whose body is replaced',
    sql: `CREATE OR REPLACE FUNCTION shop.touch() RETURNS trigger LANGUAGE plpgsql SET search_path = '' AS 'BEGIN RETURN NEW; END'`,
    seen: ['changed function shop.touch()'],
  },
  {
    what: 'a function without its pinned search_path',
    sql: 'ALTER FUNCTION shop.customers_of RESET search_path',
    seen: ['changed function shop.customers_of(uuid,text[])'],
  },
  {
    what: 'a function that runs as its owner',
    sql: 'ALTER FUNCTION shop.aged SECURITY DEFINER',
    seen: ['changed function shop.aged(shop.customers)'],
  },
  {
    what: 'EXECUTE granted to PUBLIC',
    sql: 'GRANT EXECUTE ON FUNCTION shop.customers_of TO PUBLIC',
    seen: ['extra grant on function shop.customers_of(uuid,text[]) to PUBLIC'],
  },
  {
    what: 'a column grant',
    sql: 'GRANT UPDATE (balance) ON shop.customers TO reader; REVOKE SELECT (id) ON shop.customers FROM reader',
    seen: [
      'missing grant on column shop.customers.id to reader',
      'extra grant on column shop.customers.balance to reader',
    ],
  },
  {
    what: 'a grant option',
    sql: 'GRANT INSERT ON shop.orders TO reader WITH GRANT OPTION',
    seen: ['changed grant on table shop.orders to reader'],
  },
  {
    what: 'row level security turned off',
    sql: 'ALTER TABLE shop.orders DISABLE ROW LEVEL SECURITY',
    seen: ['changed table shop.orders'],
  },
  {
    what: 'a policy for PUBLIC without a condition',
    sql: 'ALTER POLICY own_rows ON shop.customers TO PUBLIC USING (true)',
    seen: ['changed policy own_rows on shop.customers'],
  },
  {
    what: 'a disabled trigger',
    sql: 'ALTER TABLE shop.customers DISABLE TRIGGER touch',
    seen: ['changed trigger touch on shop.customers'],
  },
  {
    what: 'another operator class',
    sql: `DROP INDEX "Odd Schema"."odd index"; CREATE INDEX "odd index" ON "Odd Schema"."Sübmit ""me""; DROP TABLE x; --" ("名前")`,
    seen: ['changed index "Odd Schema"."odd index"'],
  },
  {
    what: 'an index that an interrupted build left behind',
    sql: `UPDATE pg_index SET indisvalid = false, indisready = false WHERE indexrelid = 'shop.events_2024_only'::regclass`,
    seen: ['changed index shop.events_2024_only'],
  },
  {
    what: 'another fillfactor',
    sql: 'ALTER TABLE shop.customers RESET (fillfactor)',
    seen: ['changed table shop.customers'],
  },
  {
    what: 'a new enum label',
    sql: `ALTER TYPE shop.state ADD VALUE 'gone' BEFORE 'new'`,
    seen: ['changed type shop.state'],
  },
  {
    what: 'a sequence that no longer cycles',
    sql: 'ALTER SEQUENCE shop.ticket NO CYCLE',
    seen: ['changed sequence shop.ticket'],
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
    what: 'a rule that is disabled',
    sql: 'ALTER TABLE shop.scratch DISABLE RULE quiet',
    seen: ['changed rule quiet on shop.scratch'],
  },
  {
    what: 'an option of the TOAST table',
    sql: 'ALTER TABLE shop.one_to_one ADD COLUMN long text; ALTER TABLE shop.one_to_one SET (toast.autovacuum_enabled = false)',
    seen: ['changed table shop.one_to_one', 'extra column shop.one_to_one.long'],
  },
  {
    what: 'another statistics target',
    sql: 'ALTER TABLE shop.orders ALTER COLUMN during SET STATISTICS 7',
    seen: ['changed column shop.orders.during'],
  },
  {
    what: 'another cost of a function',
    sql: 'ALTER FUNCTION shop.cents(numeric) COST 7 LEAKPROOF PARALLEL RESTRICTED',
    seen: ['changed function shop.cents(numeric)'],
  },
  {
    what: 'a changed comment',
    sql: `COMMENT ON TABLE shop.customers IS 'other'`,
    seen: ['changed comment on table shop.customers'],
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
