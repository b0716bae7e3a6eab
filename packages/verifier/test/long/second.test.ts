import { appendFile, cp, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { startThrowawayServer, type ThrowawayServer } from '@app/local-postgres';
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest';
import type { Check, CheckResult } from '../../src/check.ts';
import type { VerifyConfig } from '../../src/config.ts';
import { SERVER_SETTINGS } from '../../src/databases.ts';
import { generateSchemaSql } from '../../src/expected/drizzleGenerate.ts';
import { loadConfig } from '../../src/loadConfig.ts';
import { type Verification, verifyOn } from '../../src/verify.ts';

const FOLDER = fileURLToPath(new URL('../second/', import.meta.url));

let config: VerifyConfig;
let schemaSql: string;
let server: ThrowawayServer;

beforeAll(async () => {
  config = await loadConfig(join(FOLDER, 'verify.config.ts'));
  schemaSql = await generateSchemaSql(config.drizzle ?? '');
  server = await startThrowawayServer({ bootstrap: 'plain', settings: SERVER_SETTINGS });
});
afterAll(() => server?.stop());

/** Verifies the shop. The role may exist already: roles belong to the server, which the tests share. */
async function prove(change: Partial<VerifyConfig> = {}, only?: readonly string[]): Promise<Verification> {
  const platform = `DO $$ BEGIN CREATE ROLE shop_reader; EXCEPTION WHEN duplicate_object THEN NULL; END $$`;
  return await verifyOn(server, { config: { ...config, platform, ...change }, ...(only && { only }) }, schemaSql);
}

async function appended(statement: string): Promise<string> {
  const path = await mkdtemp(join(tmpdir(), 'verify-second-'));
  onTestFinished(() => rm(path, { recursive: true }));
  await cp(config.migrations, path, { recursive: true });
  await appendFile(join(path, '0002_rows.sql'), `\n--> statement-breakpoint\n${statement};\n`);
  return path;
}

function failed(results: readonly CheckResult[]): string[] {
  return results
    .filter(({ status }) => status === 'failed' || status === 'not run')
    .map(({ subject, name }) => `${subject}: ${name}`);
}

test('another project passes with its own config, and a note names each missing entry of the config', async () => {
  const { results, about } = await prove();
  expect(failed(results)).toEqual([]);
  expect(results.length).toBeGreaterThan(20);
  expect(about.notes?.join('\n')).toMatch(/the config has no `sqlObjects`[\s\S]*no `access`/);
});

test('without `drizzle` nothing is compared with the source, and a note says so', async () => {
  const { drizzle, tables, ...rest } = config;
  const { results, about } = await verifyOn(server, { config: { ...rest, platform: 'SELECT 1' } });
  expect(results.map(({ subject }) => subject)).not.toContain('source');
  expect(failed(results)).toEqual([]);
  expect(about.notes?.[0]).toContain('nothing was compared with the source');
});

test.each([
  [`ALTER TABLE orders ALTER state SET DEFAULT 'paid'`, 'source: changed: column public.orders.state'],
  ['ALTER TABLE customers DROP CONSTRAINT "customers_emailAddress_unique"', 'source: missing: constraint'],
  [`ALTER TABLE customers ALTER settings SET DEFAULT '{}'`, 'source: changed: column public.customers.settings'],
  [
    'ALTER TABLE customers ALTER registered_at TYPE timestamptz',
    'source: changed: column public.customers.registered_at',
  ],
  [`ALTER TYPE "OrderState" ADD VALUE 'late'`, 'source: changed: type public."OrderState"'],
  ['CREATE TABLE baskets (id int PRIMARY KEY)', 'source: extra: table public.baskets'],
])('%s is one finding', async (statement, finding) => {
  const migrations = await appended(statement);
  const { results } = await prove({ migrations }, ['source']);
  expect(failed(results).filter((name) => name.startsWith(finding))).toHaveLength(1);
});

test('SQL objects of the config are compared and need a case', async () => {
  const grant = { file: 'grants.sql', text: 'GRANT SELECT ON public.orders TO shop_reader' };
  const orderCount = (body: string) => ({
    file: 'order_count.sql',
    text: `CREATE FUNCTION public.order_count() RETURNS bigint LANGUAGE sql STABLE AS '${body}'`,
  });
  const sqlObjects = [orderCount('SELECT count(*) FROM public.orders'), grant];
  const untried = await prove({ sqlObjects });
  expect(failed(untried.results)).toEqual(['coverage: function public.order_count()']);
  const counts: Check = {
    ...{ name: 'orders are counted', fix: 'count all orders', proves: ['function public.order_count()'] },
    prove: async ({ sql }) => {
      const [row] = await sql<{ orders: string }[]>`SELECT public.order_count() AS orders`;
      return [{ what: 'orders', expected: '0', actual: row?.orders ?? 'no row' }];
    },
  };
  const subjects = [{ name: 'orders', startsFrom: 'migrated', database: 'shared', checks: [counts] }] as const;
  const right = await prove({ sqlObjects, subjects });
  expect(failed(right.results)).toEqual([]);
  expect(right.about.notes?.join('\n')).not.toContain('sqlObjects');
  const wrong = await prove({ sqlObjects: [orderCount('SELECT 0::bigint')] }, ['source']);
  expect(failed(wrong.results).toSorted()).toEqual([
    'source: changed: function public.order_count()',
    'source: extra: grant on table public.orders to shop_reader',
  ]);
});

test('a schema that the config does not name is a finding if a checked migration created it, and not if history did', async () => {
  const migrations = await appended('CREATE SCHEMA archive; CREATE TABLE archive.orders AS TABLE orders');
  const { results } = await prove({ migrations }, ['source']);
  expect(failed(results).toSorted()).toEqual(['source: extra: schema archive', 'source: extra: table archive.orders']);
  const history = await prove({ migrations, after: '0002_rows' }, ['source']);
  expect(failed(history.results)).toEqual([]);
});

test('migrations up to `after` are applied, but not checked', async () => {
  const migrations = await appended('ALTER TABLE orders ADD note text');
  await writeFile(
    join(migrations, '0001_drop_baskets.sql'),
    `DROP TABLE "baskets"; ALTER TABLE counters ADD old text;`,
  );
  const { results } = await prove({ migrations, after: '0001_drop_baskets' }, ['source', 'migrations']);
  expect(failed(results)).toEqual(['source: extra: column public.orders.note']);
});

test('an accepted finding is listed with its reason, and an entry of `accept` that matches no finding fails', async () => {
  const migrations = await appended('CREATE TABLE baskets (id int PRIMARY KEY)');
  const accept = [{ finding: 'source: extra: table public.baskets', reason: 'read by a report' }];
  const accepted = await prove({ migrations, accept }, ['source']);
  expect(failed(accepted.results)).toEqual([]);
  expect(accepted.results).toContainEqual(expect.objectContaining({ status: 'accepted', reason: 'read by a report' }));
  const idle = await prove({ accept }, ['source']);
  expect(failed(idle.results)).toEqual(['accepted findings: every entry of `accept` matches a finding']);
});

test('a constraint without cases fails, and the fix names the entry to add and its place', async () => {
  const tables = config.tables?.map(({ constraints, ...rest }) => rest) ?? [];
  const { results } = await prove({ tables }, ['coverage']);
  expect(results).toContainEqual(
    expect.objectContaining({
      name: 'constraint customers_email_check on public.customers',
      fix: expect.stringContaining(`add 'customers_email_check' to \`constraints\` in the cases of public.customers`),
    }),
  );
});
