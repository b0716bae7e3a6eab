import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { freshDatabase } from '../support/database.ts';
import { fill } from '../support/folder.ts';

const packageFolder = fileURLToPath(new URL('../..', import.meta.url));
const typescript = dirname(fileURLToPath(import.meta.resolve('typescript/package.json')));
const project = mkdtempSync(join(tmpdir(), 'bare-project-'));

/** Runs a program in the project's folder and waits for its end. */
function run(program: string, args: readonly string[], options: { cwd?: string; env?: Record<string, string> } = {}) {
  const { status, stdout, stderr, error } = spawnSync(program, args, {
    cwd: options.cwd ?? project,
    env: { ...process.env, NO_COLOR: '1', DATABASE_URL: '', ...options.env },
    encoding: 'utf8',
    timeout: 300_000,
  });
  return { status, stdout, stderr, all: `${stdout}${stderr}${error?.message ?? ''}` };
}

/** Runs a program that has to succeed and returns its output. */
function succeed(program: string, args: readonly string[], options: Parameters<typeof run>[2] = {}): string {
  const { status, stdout, all } = run(program, args, options);
  expect(status, all).toBe(0);
  return stdout;
}

/** Path of a Node version, from the npm package `node`; undefined where that cannot be installed. */
function nodeOf(major: number): string | undefined {
  if (Number(process.versions.node.split('.')[0]) === major) return process.execPath;
  const prefix = join(project, `node-${major}`);
  mkdirSync(prefix);
  writeFileSync(join(prefix, 'package.json'), '{}');
  run('npm', ['install', '--no-audit', '--no-fund', `node@${major}`], { cwd: prefix });
  const node = join(prefix, 'node_modules', '.bin', 'node');
  return run(node, ['--version']).stdout.startsWith(`v${major}.`) ? node : undefined;
}

const command = join(project, 'node_modules', '.bin', 'migrator');

beforeAll(() => {
  succeed('npx', ['-y', 'pnpm@12', 'pack', '--pack-destination', project], { cwd: packageFolder });
  const [tarball] = readdirSync(project);
  writeFileSync(join(project, 'package.json'), JSON.stringify({ name: 'bare', private: true, type: 'commonjs' }));
  succeed('npm', ['install', '--no-audit', '--no-fund', `./${tarball}`]);
  // Written in TypeScript, in a project of CommonJS.
  writeFileSync(
    join(project, 'drizzle.config.ts'),
    `interface Url { url: string }
     const dbCredentials: Url = { url: process.env.OUR_DATABASE ?? '' };
     export default { dialect: 'postgresql', dbCredentials, migrations: { schema: 'public', table: 'ledger' } };`,
  );
  mkdirSync(join(project, 'drizzle', 'meta'), { recursive: true });
  fill(join(project, 'drizzle'), [
    { tag: '0000_a', sql: 'create table a (id int);--> statement-breakpoint\ninsert into a values (1);' },
    { tag: '0001_b', sql: '-- migrate: no-transaction\ncreate index concurrently if not exists a_id on a (id);' },
  ]);
});
afterAll(() => rmSync(project, { recursive: true, force: true }));

test('the packed manifest has versions of the registry only', () => {
  const manifest = readFileSync(join(project, 'node_modules', '@app', 'migrator', 'package.json'), 'utf8');
  expect(manifest).not.toMatch(/catalog:|workspace:|\.\/src\//);
  expect(Object.keys(JSON.parse(manifest).dependencies)).toEqual(['commander', 'jiti', 'libpg-query', 'postgres']);
});

test('the types are complete under strict and without skipLibCheck, and a wrong option is an error', () => {
  const check = (source: string) => {
    writeFileSync(join(project, 'use.mts'), source);
    const flags = ['--noEmit', '--strict', '--module', 'nodenext', '--target', 'es2023', '--types', 'node'];
    const types = ['--typeRoots', join(packageFolder, 'node_modules', '@types')];
    return run(process.execPath, [join(typescript, 'bin', 'tsc'), ...flags, ...types, 'use.mts']);
  };
  const use = (folder: string) => `import { migrate, type Plan, status } from '@app/migrator';
    import { createProgram } from '@app/migrator/commands';
    const plan: Plan = await status({ folder: 'drizzle', url: '' });
    console.log(plan.pending.length, await migrate({ folder: ${folder}, url: '' }), createProgram());`;
  expect(check(use(`'drizzle'`))).toMatchObject({ status: 0, stdout: '' });
  expect(check(use('1')).stdout).toContain(`Type 'number' is not assignable to type 'string'`);
});

describe.each([20, 22, 24])('on Node %i', (major) => {
  const node = nodeOf(major);
  test.skipIf(node === undefined)(
    node === undefined ? `is not tried: the npm package node@${major} cannot be had here` : 'the packed command works',
    async () => {
      const { url, sql } = await freshDatabase();
      const migrator = (...args: string[]) => run(node ?? '', [command, ...args], { env: { OUR_DATABASE: url } });

      const outcomes = [
        migrator('--help'),
        migrator('doctor'),
        migrator('status', '--json'),
        migrator('dry-run', '--shadow-url', (await freshDatabase()).url),
        migrator('migrate'),
        migrator('migrate', '--json'),
        migrator('repair', '--yes'),
        migrator('dry-run'),
      ];
      expect(outcomes.map(({ status, stderr }) => [status, stderr.split('\n', 1)[0]])).toEqual([
        [0, ''],
        [0, ''],
        [0, ''],
        [0, ''],
        [0, 'created the ledger public.ledger'],
        [0, ''],
        [0, ''],
        [2, expect.stringContaining('give an empty database with --shadow-url')],
      ]);
      expect(JSON.parse(outcomes[2]?.stdout ?? '')).toMatchObject({ pending: [{ tag: '0000_a' }, { tag: '0001_b' }] });
      expect(JSON.parse(outcomes[5]?.stdout ?? '')).toMatchObject({ applied: [] });
      expect(await sql`select count(*)::int as n from ledger`).toEqual([{ n: 2 }]);
      expect(await sql`select indisvalid as valid from pg_index where indexrelid = 'a_id'::regclass`).toEqual([
        { valid: true },
      ]);

      writeFileSync(
        join(project, 'use.mjs'),
        `import { migrate } from '@app/migrator';
         console.log(JSON.stringify(await migrate({ folder: 'drizzle', url: process.env.OUR_DATABASE })));`,
      );
      const api = run(node ?? '', ['use.mjs'], { env: { OUR_DATABASE: (await freshDatabase()).url } });
      expect(JSON.parse(api.stdout)).toMatchObject({ applied: [{ tag: '0000_a' }, { tag: '0001_b' }] });
      for (const { all } of outcomes) expect(all).not.toContain(new URL(url).password);
    },
  );
});
