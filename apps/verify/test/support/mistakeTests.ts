import { fileURLToPath } from 'node:url';
import { startThrowawayServer, type ThrowawayServer } from '@app/local-postgres';
import {
  type CheckResult,
  exportDrizzleSchema,
  loadConfig,
  proveOn,
  SERVER_SETTINGS,
  type VerifyConfig,
} from '@app/verifier';
import postgres from 'postgres';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { makeMistake } from './edits.ts';
import type { Mistake } from './mistakes.ts';

interface Prover {
  readonly config: VerifyConfig;
  readonly exported: string;
  readonly server: ThrowawayServer;
}

/**
 * One test for each mistake: the comparison of the migrations with the source sees nothing, and the check that is named
 * fails. They share a server.
 */
export function testMistakes(mistakes: readonly Mistake[]): void {
  let prover: Prover;
  beforeAll(async () => {
    const config = await loadConfig(fileURLToPath(new URL('../../verify.config.ts', import.meta.url)));
    const exported = await exportDrizzleSchema(config.drizzle ?? '');
    const server = await startThrowawayServer({ bootstrap: 'supabase', settings: SERVER_SETTINGS });
    prover = { config, exported, server };
  });
  afterAll(() => prover?.server.stop());

  test.each(mistakes)('$name: $subject sees it', async (mistake) => {
    const results = await prove(prover, mistake);
    const compared = results.filter(({ subject }) => subject === 'source');
    expect(compared.length).toBeGreaterThan(0);
    expect(compared.filter(({ status }) => status !== 'passed')).toEqual([]);
    const named = results.filter((result) => isNamed(mistake, result));
    expect(named.map(({ status }) => status)).toContain('failed');
  });
}

function isNamed({ subject, check }: Mistake, result: CheckResult): boolean {
  return result.subject === subject && result.name.startsWith(check);
}

async function prove({ config, exported, server }: Prover, mistake: Mistake): Promise<readonly CheckResult[]> {
  await using mistaken = await makeMistake(config, exported, mistake.edits);
  try {
    const only = ['source', mistake.subject];
    const proved = await proveOn(server, { config: narrowed(mistaken.config, mistake), only }, mistaken.exported);
    return proved.results;
  } finally {
    await dropTemplates(server);
  }
}

/** Of our own subjects only the check that is named, and of tables and indexes only those of its table. */
function narrowed(config: VerifyConfig, { subject, check }: Mistake): VerifyConfig {
  const { subjects = [], tables = [] } = config;
  const own = subjects.map((it) => ({ ...it, checks: it.checks.filter(({ name }) => name.startsWith(check)) }));
  if (subject !== 'tables' && subject !== 'indexes') return { ...config, subjects: own };
  const isOf = (table: string) => check.startsWith(`${table.replace('public.', '')}: `);
  return { ...config, subjects: own, tables: tables.filter(({ table, indexes }) => isOf(table) || indexes?.[check]) };
}

/** Each mistake has templates of its own: all of them together would fill a small disk. */
async function dropTemplates(server: ThrowawayServer): Promise<void> {
  const sql = postgres(server.superuserUrl('postgres'), { max: 1, onnotice: () => undefined });
  try {
    const templates = await sql<{ name: string }[]>`
      SELECT quote_ident(datname) AS name FROM pg_database WHERE datname LIKE 'verify\\_%'`;
    for (const { name } of templates) await sql.unsafe(`DROP DATABASE ${name}`);
  } finally {
    await sql.end({ timeout: 5 });
  }
}
