import { appendFile, cp, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { startThrowawayServer, type ThrowawayServer } from '@app/local-postgres';
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest';
import type { CheckResult } from '../src/check.ts';
import type { VerifyConfig } from '../src/config.ts';
import { SERVER_SETTINGS } from '../src/databases.ts';
import { exportDrizzleSchema } from '../src/expected/drizzleExport.ts';
import { assertPaths, loadConfig } from '../src/loadConfig.ts';
import { type Proved, proveOn } from '../src/verify.ts';

const FOLDER = fileURLToPath(new URL('second/', import.meta.url));

let config: VerifyConfig;
let exported: string;
let server: ThrowawayServer;

beforeAll(async () => {
  config = await loadConfig(join(FOLDER, 'verify.config.ts'));
  exported = await exportDrizzleSchema(config.drizzle ?? '');
  server = await startThrowawayServer({ bootstrap: 'plain', settings: SERVER_SETTINGS });
});
afterAll(() => server?.stop());

/** The platform's role belongs to the server, which several tests share. */
async function prove(change: Partial<VerifyConfig> = {}, only?: readonly string[]): Promise<Proved> {
  const platform = `DO $$ BEGIN CREATE ROLE shop_reader; EXCEPTION WHEN duplicate_object THEN NULL; END $$`;
  return await proveOn(server, { config: { ...config, platform, ...change }, ...(only && { only }) }, exported);
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

test('a project of another kind is proved by its own config, and what it does not say is noted', async () => {
  const { results, about } = await prove();
  expect(failed(results)).toEqual([]);
  expect(results.length).toBeGreaterThan(20);
  expect(about.notes?.join('\n')).toMatch(/the config has no `sqlObjects`[\s\S]*no `access`/);
});

test('without drizzle.config.ts nothing is compared, and the report says so', async () => {
  const { drizzle, tables, ...rest } = config;
  const { results, about } = await proveOn(server, { config: { ...rest, platform: 'SELECT 1' } });
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
])('%s is named', async (statement, finding) => {
  const migrations = await appended(statement);
  const { results } = await prove({ migrations }, ['source']);
  expect(failed(results).filter((name) => name.startsWith(finding))).toHaveLength(1);
});

test('SQL objects are compared where the config gives them', async () => {
  const file = 'order_count.sql';
  const text = `CREATE FUNCTION public.order_count() RETURNS bigint LANGUAGE sql STABLE AS 'SELECT 0::bigint'`;
  const { results } = await prove({ sqlObjects: [{ file, text }] }, ['source']);
  expect(failed(results)).toEqual(
    [
      'source: extra: grant on table public.orders to shop_reader',
      'source: changed: function public.order_count()',
    ].toSorted((a, b) => failed(results).indexOf(a) - failed(results).indexOf(b)),
  );
});

test('history up to `after` is applied and not judged', async () => {
  const migrations = await appended('ALTER TABLE orders ADD note text');
  await writeFile(
    join(migrations, '0001_drop_baskets.sql'),
    `DROP TABLE "baskets"; ALTER TABLE counters ADD old text;`,
  );
  const { results } = await prove({ migrations, after: '0001_drop_baskets' }, ['source', 'migrations']);
  expect(failed(results)).toEqual(['source: extra: column public.orders.note']);
});

test('an accepted finding is listed with its reason, and one that no longer applies is red', async () => {
  const migrations = await appended('CREATE TABLE baskets (id int PRIMARY KEY)');
  const accept = [{ finding: 'source: extra: table public.baskets', reason: 'read by a report' }];
  const accepted = await prove({ migrations, accept }, ['source']);
  expect(failed(accepted.results)).toEqual([]);
  expect(accepted.results).toContainEqual(expect.objectContaining({ status: 'accepted', reason: 'read by a report' }));
  const idle = await prove({ accept }, ['source']);
  expect(failed(idle.results)).toEqual(['accepted findings: every accepted finding is one']);
});

test('a constraint without its case is red, and the message says what to add where', async () => {
  const tables = config.tables?.map(({ constraints, ...rest }) => rest) ?? [];
  const { results } = await prove({ tables }, ['coverage']);
  expect(results).toContainEqual(
    expect.objectContaining({
      name: 'constraint customers_email_check on public.customers',
      fix: expect.stringContaining(`add 'customers_email_check' to \`constraints\` in the cases of public.customers`),
    }),
  );
});

test('a config that is wrong, and a schema that cannot be exported, are one sentence', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'verify-config-'));
  onTestFinished(() => rm(folder, { recursive: true }));
  const wrong = join(folder, 'wrong.config.ts');
  await writeFile(wrong, `export default { migrations: 'x', schemas: [], accept: [{ finding: 'a', reason: ' ' }] };`);
  await expect(loadConfig(wrong)).rejects.toThrow(/is not usable: `schemas`/);
  await expect(loadConfig(join(folder, 'none.ts'))).rejects.toThrow('There is no config file');
  await expect(assertPaths({ ...config, migrations: folder })).rejects.toThrow('is no Drizzle migrations folder');
  await expect(assertPaths({ ...config, after: '0009_none' })).rejects.toThrow('has no such migration');
  const empty = join(FOLDER, 'empty.tmp.config.ts');
  onTestFinished(() => rm(empty, { force: true }));
  await writeFile(empty, `export default { dialect: 'postgresql', schema: './none.ts' };`);
  await expect(exportDrizzleSchema(empty)).rejects.toThrow(/drizzle-kit exports no schema of .*No schema files found/);
});
