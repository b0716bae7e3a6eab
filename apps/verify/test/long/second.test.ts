import { expect, test } from 'vitest';
import { subjectsOf } from '../../src/checks/index.ts';
import { coverageOf, coverageResults } from '../../src/coverage.ts';
import { readProject } from '../../src/project.ts';
import { run, runCheck } from '../../src/run.ts';
import config from '../second/verify.config.ts';
import { checkOf } from '../support/breakage.ts';
import { openScenes } from '../support/server.ts';

const open = openScenes({ prior: undefined, prepare: undefined, ...config } as typeof config);
const project = await readProject(open, config);
const subjects = subjectsOf(config, project);

function subjectOf(name: string) {
  const subject = subjects.find((candidate) => candidate.name === name);
  if (subject === undefined) throw new Error(`there is no subject ${name}`);
  return subject;
}

test('a project that the engine was not made for is proved, every object of it', async () => {
  const results = await run(subjects, open, { jobs: 2 });
  const coverage = coverageOf(project, subjects, results);
  expect(
    [...results, ...coverageResults(coverage, config.waivers)].filter(({ status }) => status !== 'passed'),
  ).toEqual([]);
  expect(coverage.totals).toEqual({ proved: coverage.objects.length - 1, failed: 0, waived: 1, unproved: 0 });
  const kinds = new Set(coverage.objects.map(({ kind }) => kind));
  expect([...kinds].sort()).toEqual([
    'column',
    'comment',
    'constraint',
    'function',
    'grant',
    'index',
    'schema',
    'sequence',
    'table',
    'trigger',
    'type',
    'view',
  ]);
});

test('an object that nothing proves fails, and so does a waiver of nothing or of what is proved', async () => {
  const waivers = { 'table public.nothing': 'gone', 'table public.stays': 'proved' };
  const coverage = coverageOf({ ...project, config: { ...config, waivers } }, subjects, []);
  const [unproved, idle] = coverageResults(coverage, waivers);
  expect(unproved).toMatchObject({ status: 'failed', differences: [{ what: 'comment on table public.stays' }] });
  expect(idle).toMatchObject({
    status: 'failed',
    differences: [
      { what: 'table public.nothing' },
      { what: 'table public.stays', actual: expect.stringContaining('tables: stays') },
    ],
  });
});

type Damage = readonly [subject: string, check: string, what: string, damage: string];

const CHECK = (table: string, name: string, rule: string) =>
  `ALTER TABLE ${table} DROP CONSTRAINT ${name}; ALTER TABLE ${table} ADD CONSTRAINT ${name} ${rule}`;

const DAMAGES: readonly Damage[] = [
  ['types', 'order_state', 'another value', `ALTER TYPE order_state ADD VALUE 'lost' BEFORE 'shipped'`],
  [
    'types',
    'stars',
    'widened by one',
    'ALTER DOMAIN stars DROP CONSTRAINT stars_check; ALTER DOMAIN stars ADD CONSTRAINT stars_check CHECK (VALUE BETWEEN 1 AND 6)',
  ],
  [
    'constraints',
    'branches_code_check',
    'widened by one',
    CHECK('branches', 'branches_code_check', `CHECK (code ~ '^[A-Z]{2,7}$')`),
  ],
  [
    'constraints',
    'products_price_check',
    'zero is taken',
    CHECK('products', 'products_price_check', 'CHECK (price >= 0 AND price <= 99999.99)'),
  ],
  [
    'constraints',
    'products_rebate_check',
    'narrowed by one',
    CHECK('products', 'products_rebate_check', 'CHECK (rebate BETWEEN 0 AND 89)'),
  ],
  [
    'constraints',
    'orders_closes_at_check on orders',
    'the same instant is taken',
    CHECK('orders', 'orders_closes_at_check', 'CHECK (closes_at >= opens_at)'),
  ],
  ['constraints', 'branches_code_key', 'nulls are distinct', 'ALTER TABLE branches DROP CONSTRAINT branches_code_key'],
  [
    'constraints',
    'branches_email_key',
    'by the letter',
    'DROP INDEX branches_email_key; CREATE UNIQUE INDEX branches_email_key ON branches (email) WHERE closed_at IS NULL',
  ],
  [
    'constraints',
    'branches_email_key',
    'of closed branches too',
    'DROP INDEX branches_email_key; CREATE UNIQUE INDEX branches_email_key ON branches (lower(email))',
  ],
  [
    'constraints',
    'products_pkey',
    'on one column',
    'ALTER TABLE products DROP CONSTRAINT products_pkey CASCADE; ALTER TABLE products ADD CONSTRAINT products_pkey PRIMARY KEY (sku)',
  ],
  [
    'constraints',
    'stays_during_excl',
    'equal, not overlapping',
    'ALTER TABLE stays DROP CONSTRAINT stays_during_excl; ALTER TABLE stays ADD CONSTRAINT stays_during_excl EXCLUDE USING gist (during WITH =) WHERE (rating IS NULL)',
  ],
  [
    'foreign keys',
    'branches_parent_id_fkey',
    'cascade for set null',
    CHECK(
      'branches',
      'branches_parent_id_fkey',
      'FOREIGN KEY (parent_id) REFERENCES branches (id) ON DELETE CASCADE ON UPDATE CASCADE',
    ),
  ],
  [
    'foreign keys',
    'branches_parent_id_fkey',
    'no action on update',
    CHECK('branches', 'branches_parent_id_fkey', 'FOREIGN KEY (parent_id) REFERENCES branches (id) ON DELETE SET NULL'),
  ],
  [
    'foreign keys',
    'products_branch_id_fkey',
    'no action for restrict',
    CHECK('products', 'products_branch_id_fkey', 'FOREIGN KEY (branch_id) REFERENCES branches (id)'),
  ],
  [
    'foreign keys',
    'stays_branch_id_fkey',
    'set null for set default',
    CHECK('stays', 'stays_branch_id_fkey', 'FOREIGN KEY (branch_id) REFERENCES branches (id) ON DELETE SET NULL'),
  ],
  [
    'foreign keys',
    'stays_branch_id_fkey',
    'it can be put off',
    CHECK(
      'stays',
      'stays_branch_id_fkey',
      'FOREIGN KEY (branch_id) REFERENCES branches (id) ON DELETE SET DEFAULT DEFERRABLE',
    ),
  ],
  ['columns', 'products.rebate', 'another default', 'ALTER TABLE products ALTER COLUMN rebate SET DEFAULT 1'],
  [
    'columns',
    'products.price',
    'another scale',
    'ALTER TABLE products DROP COLUMN reduced; ALTER TABLE products ALTER COLUMN price TYPE numeric(10, 3)',
  ],
  [
    'columns',
    'products.reduced',
    'another expression',
    'ALTER TABLE products DROP COLUMN reduced; ALTER TABLE products ADD COLUMN reduced numeric(12, 2) GENERATED ALWAYS AS (price * rebate / 100) STORED',
  ],
  ['columns', 'branches.id', 'by default for always', 'ALTER TABLE branches ALTER COLUMN id SET GENERATED BY DEFAULT'],
  ['columns', 'orders.invoice', 'from nowhere', 'ALTER TABLE orders ALTER COLUMN invoice SET DEFAULT 7'],
  ['sequences', 'invoice_numbers', 'no cycle', 'ALTER SEQUENCE invoice_numbers NO CYCLE'],
  ['sequences', 'invoice_numbers', 'another start', 'ALTER SEQUENCE invoice_numbers START WITH 1001'],
  [
    'views',
    'open_branches',
    'closed ones as well',
    'CREATE OR REPLACE VIEW open_branches WITH (security_invoker = true) AS SELECT id, code FROM branches',
  ],
  ['views', 'open_branches', 'with the rights of its owner', 'ALTER VIEW open_branches RESET (security_invoker)'],
  [
    'tables',
    'orders_2024',
    'a shorter bound',
    `ALTER TABLE orders DETACH PARTITION orders_2024; ALTER TABLE orders ATTACH PARTITION orders_2024 FOR VALUES FROM ('2024-01-01') TO ('2024-12-31')`,
  ],
  ['tables', 'stays', 'row security on', 'ALTER TABLE stays ENABLE ROW LEVEL SECURITY'],
  ['grants', 'table stays', 'open to everybody', 'GRANT SELECT ON stays TO PUBLIC'],
  ['indexes', 'orders_open_idx', 'dropped', 'DROP INDEX orders_open_idx'],
  [
    'indexes',
    'products_name_idx',
    'in another order',
    'DROP INDEX products_name_idx; CREATE INDEX products_name_idx ON products (lower(name), branch_id)',
  ],
  ['indexes', 'products_tags_idx', 'dropped', 'DROP INDEX products_tags_idx'],
  [
    'changes',
    'each change to an order is counted',
    'no trigger',
    'ALTER TABLE orders DISABLE TRIGGER orders_count_changes',
  ],
];

test.each(DAMAGES)('%s: %s: %s is seen', async (name, check, _, damage) => {
  const subject = subjectOf(name);
  await using scene = await open('migrated');
  await subject.prepare?.(scene);
  const prove = () => runCheck(subject, checkOf(subject, check), scene);
  expect(await prove()).toMatchObject({ status: 'passed' });
  await scene.superuser.unsafe(damage);
  expect(await prove()).toMatchObject({ status: 'failed' });
});
