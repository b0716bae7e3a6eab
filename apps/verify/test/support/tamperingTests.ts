import { appendFile, cp, mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { connectServer } from '@app/local-postgres';
import { type CheckResult, exportDrizzleSchema, loadConfig, proveOn, type VerifyConfig } from '@app/verifier';
import { beforeAll, expect, inject, test } from 'vitest';
import type { Tampering } from './tamperings.ts';

const CONFIG = fileURLToPath(new URL('../../verify.config.ts', import.meta.url));

/** One test for each bad migration, and one that the folder as it is has no finding. */
export function testTamperings(all: readonly (readonly Tampering[])[]): void {
  let config: VerifyConfig;
  let exported: string;
  beforeAll(async () => {
    // The tables of an application that was there before have no part in this.
    const { prior, prepare, ...rest } = await loadConfig(CONFIG);
    config = rest;
    exported = await exportDrizzleSchema(config.drizzle ?? '');
  });
  const prove = async (migrations: string): Promise<readonly CheckResult[]> => {
    const server = connectServer(inject('verifyServer'));
    return (await proveOn(server, { config: { ...config, migrations }, only: ['source'] }, exported)).results;
  };

  test('the migrations as they are make what the source describes', async () => {
    const results = await prove(config.migrations);
    expect(results.length).toBeGreaterThan(0);
    expect(results.filter(({ status }) => status !== 'passed')).toEqual([]);
  });

  for (const [index, tamperings] of all.entries())
    test(`each of the ${tamperings.length} statements of bad migration ${index + 1} is named, and nothing else`, async () => {
      await using folder = await tampered(config.migrations, tamperings);
      const findings = (await prove(folder.path)).flatMap((result) => (result.status === 'failed' ? [result] : []));
      const named = (name: string) => findings.filter((finding) => finding.name.startsWith(name));
      for (const { finding, property } of tamperings) {
        const properties = named(finding).flatMap(({ differences }) => differences.map(({ what }) => what));
        expect(properties, `${finding} of ${findings.map(({ name }) => name).join(', ')}`).toContain(property);
      }
      const unexpected = findings.filter(({ name }) => !tamperings.some(({ finding }) => name.startsWith(finding)));
      expect(unexpected.map(({ name }) => name)).toEqual([]);
      // A fix leads towards the source, and never prescribes what was found.
      for (const { fixSql } of findings) for (const { sql } of tamperings) expect(fixSql ?? '').not.toContain(sql);
    });
}

/** A copy of the folder whose last migration ends in these statements. */
async function tampered(folder: string, tamperings: readonly Tampering[]) {
  const path = await mkdtemp(join(tmpdir(), 'verify-migrations-'));
  await cp(folder, path, { recursive: true });
  const journal: { entries: { tag: string }[] } = JSON.parse(await readFile(join(path, 'meta/_journal.json'), 'utf8'));
  const statements = tamperings.map(({ sql }) => `--> statement-breakpoint\n${sql};\n`);
  await appendFile(join(path, `${journal.entries.at(-1)?.tag}.sql`), `\n${statements.join('')}`);
  return { path, [Symbol.asyncDispose]: () => rm(path, { recursive: true }) };
}
