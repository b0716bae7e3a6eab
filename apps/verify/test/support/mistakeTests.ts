import { fileURLToPath } from 'node:url';
import { startThrowawayServer, type ThrowawayServer } from '@app/local-postgres';
import {
  type CheckResult,
  generateSchemaSql,
  loadConfig,
  SERVER_SETTINGS,
  type Subject,
  type VerifyConfig,
  verifyOn,
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
 * One test for each mistake: the comparison of the migrations with the source has no finding, and the named check fails. The
 * tests share a server.
 */
export function testMistakes(mistakes: readonly Mistake[]): void {
  let prover: Prover;
  beforeAll(async () => {
    // The prior state is not needed here.
    const { prior, ...config } = await loadConfig(fileURLToPath(new URL('../../verify.config.ts', import.meta.url)));
    const exported = await generateSchemaSql(config.drizzle ?? '');
    prover = {
      ...{ config, exported },
      server: await startThrowawayServer({ bootstrap: 'supabase', settings: SERVER_SETTINGS }),
    };
  });
  afterAll(() => prover?.server.stop());

  test('without a mistake, every check passes', async () => {
    const { config, exported, server } = prover;
    const names = mistakes.map(({ check }) => check);
    const subjects = config.subjects?.map((subject) => withChecks(subject, names)) ?? [];
    const only = mistakes.map(({ subject }) => subject);
    const { results } = await verifyOn(server, { config: { ...config, subjects }, only }, exported);
    expect(results.filter(({ status }) => status !== 'passed')).toEqual([]);
    const unknown = mistakes.filter((mistake) => !results.some((result) => isNamed(mistake, result)));
    expect(unknown).toEqual([]);
  });

  for (const mistake of mistakes)
    test(`${mistake.name}: a check of ${mistake.subject} fails`, async () => {
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
  await using edited = await makeMistake(config, exported, mistake.edits);
  try {
    const only = ['source', mistake.subject];
    const proved = await verifyOn(server, { config: narrowed(edited.config, mistake), only }, edited.exported);
    return proved.results;
  } finally {
    await dropTemplates(server);
  }
}

/** The config with the named check only, and with its table only: the other checks would only take time. */
function narrowed(config: VerifyConfig, { check }: Mistake): VerifyConfig {
  const { subjects = [], tables = [] } = config;
  const isOf = (table: string) => new RegExp(`^(?:table )?${table.replace('public.', '')}(?::|$)`).test(check);
  const ofTable = tables.filter(({ table, indexes }) => isOf(table) || indexes?.[check] !== undefined);
  return {
    ...config,
    subjects: subjects.map((it) => withChecks(it, [check])),
    tables: ofTable.length > 0 ? ofTable : tables,
  };
}

function withChecks(subject: Subject, names: readonly string[]): Subject {
  const isWanted = (check: string) => names.some((name) => check.startsWith(name));
  return { ...subject, checks: subject.checks.filter(({ name }) => isWanted(name)) };
}

/** Each mistake makes its own templates. Together they would fill a small disk. */
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
