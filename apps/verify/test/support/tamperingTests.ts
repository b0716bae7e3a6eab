import { appendFile, cp, mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { connectServer } from '@app/local-postgres';
import { type CheckResult, generateSchemaSql, loadConfig, reportOf, type VerifyConfig, verifyOn } from '@app/verifier';
import { beforeAll, expect, inject, test } from 'vitest';
import type { Tampering } from './tamperings.ts';

const CONFIG = fileURLToPath(new URL('../../verify.config.ts', import.meta.url));

/** One test for each bad migration, one for the unchanged folder, and one for a migration that the server refuses. */
export function testTamperings(all: readonly (readonly Tampering[])[]): void {
  let config: VerifyConfig;
  let exported: string;
  beforeAll(async () => {
    // The prior state is not needed here.
    const { prior, prepare, ...rest } = await loadConfig(CONFIG);
    config = rest;
    exported = await generateSchemaSql(config.drizzle ?? '');
  });
  const prove = async (migrations: string): Promise<readonly CheckResult[]> => {
    const server = connectServer(inject('verifyServer'));
    return (await verifyOn(server, { config: { ...config, migrations }, only: ['source'] }, exported)).results;
  };

  const outcomeOf = (results: readonly CheckResult[]) =>
    reportOf(results, { postgresMajor: 0, bootstrap: 'supabase', elapsedMs: 0 });

  test('the unchanged migrations create the objects of the source', async () => {
    const results = await prove(config.migrations);
    expect(results.length).toBeGreaterThan(0);
    expect(results.filter(({ status }) => status !== 'passed')).toEqual([]);
    expect(outcomeOf(results).outcome).toBe('proved');
  });

  test('a migration that the server refuses never passes, and the reason is the message of the server', async () => {
    const statement = 'ALTER FUNCTION public.check_library_access(uuid, uuid) LEAKPROOF';
    await using folder = await withStatements(config.migrations, [statement]);
    const results = await prove(folder.path);
    expect(outcomeOf(results).outcome).not.toBe('proved');
    expect(results).toContainEqual(
      expect.objectContaining({ status: 'not run', reason: expect.stringContaining('only superuser can define') }),
    );
  });

  for (const [index, tamperings] of all.entries())
    test(`each of the ${tamperings.length} statements of bad migration ${index + 1} is a finding, nothing else is, and the fixes restore the source`, async () => {
      const statements = tamperings.map(({ sql }) => sql);
      await using folder = await withStatements(config.migrations, statements);
      const results = await prove(folder.path);
      const findings = results.flatMap((result) => (result.status === 'failed' ? [result] : []));
      expect(outcomeOf(results)).toMatchObject({ outcome: 'failed', totals: { notRun: 0 } });
      for (const { finding, property, shows } of tamperings) {
        const differences = findings.flatMap((one) => (one.name.startsWith(finding) ? one.differences : []));
        const found = differences.filter(({ what }) => what === property);
        expect(found, `${finding} of ${findings.map(({ name }) => name).join(', ')}`).not.toEqual([]);
        if (shows) expect(found).toContainEqual(expect.objectContaining(shows));
      }
      const named = tamperings.flatMap(({ finding, also = [] }) => [finding, ...also]);
      const unexpected = findings.filter(({ name }) => !named.some((start) => name.startsWith(start)));
      expect(unexpected.map(({ name }) => name)).toEqual([]);
      // A migration runs in a transaction, where CREATE INDEX CONCURRENTLY is not possible.
      const fixes = findings.flatMap(({ fixSql }) => fixSql?.replaceAll(' CONCURRENTLY', '') ?? []);
      await using fixed = await withStatements(config.migrations, [...statements, ...fixes]);
      const left = (await prove(fixed.path)).filter(({ status }) => status !== 'passed');
      expect(left.map(({ name }) => name)).toEqual(
        findings.filter(({ fixSql }) => fixSql === undefined).map(({ name }) => name),
      );
    });
}

/** A copy of the folder with these statements at the end of the last migration. */
async function withStatements(folder: string, statements: readonly string[]) {
  const path = await mkdtemp(join(tmpdir(), 'verify-migrations-'));
  await cp(folder, path, { recursive: true });
  const journal: { entries: { tag: string }[] } = JSON.parse(await readFile(join(path, 'meta/_journal.json'), 'utf8'));
  const ending = statements.map((sql) => `--> statement-breakpoint\n${sql.replace(/;\s*$/, '')};\n`);
  await appendFile(join(path, `${journal.entries.at(-1)?.tag}.sql`), `\n${ending.join('')}`);
  return { path, [Symbol.asyncDispose]: () => rm(path, { recursive: true }) };
}
