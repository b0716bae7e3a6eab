import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import postgres from 'postgres';
import { expect, onTestFinished, test } from 'vitest';
import { CASES } from '../../src/cases/index.ts';
import { useServer } from '../support/servers.ts';

const emptyDatabase = useServer();
const folder = fileURLToPath(new URL('../..', import.meta.url));

function bench(...args: string[]) {
  const env = { ...process.env, NO_COLOR: '1', INIT_CWD: tmpdir() };
  const command = ['--import', 'tsx/esm', 'src/main.ts', ...args];
  return spawnSync(process.execPath, command, { cwd: folder, env, encoding: 'utf8', timeout: 150_000 });
}

test('--help names every case and the exit codes', () => {
  const { status, stdout } = bench('--help');
  expect(status).toBe(0);
  for (const { name } of CASES) expect(stdout).toContain(name);
  expect(stdout).toContain('Exit codes');
});

test('a case that there is not, two sizes, and a file that cannot be written are bad use', () => {
  expect(bench('nonsense')).toMatchObject({ status: 2, stdout: '', stderr: expect.stringContaining('nonsense') });
  expect(bench('--quick', '--short')).toMatchObject({ status: 2, stderr: expect.stringContaining('--short') });
  expect(bench('--quick', '--json', '/dev/null/x')).toMatchObject({
    status: 2,
    stderr: expect.stringContaining('ENOTDIR'),
  });
});

test('a database with tables is refused, and an empty one is worked beside, by table and by JSON and HTML', async () => {
  const { url } = await emptyDatabase();
  const out = mkdtempSync(join(tmpdir(), 'bench-test-'));
  onTestFinished(() => rmSync(out, { recursive: true }));
  const [json, html] = [join(out, 'report.json'), join(out, 'report.html')];
  const args = ['copy', '--quick', '--url', url, '--json', json, '--html', html];

  const run = bench(...args);
  expect(run).toMatchObject({ status: 0, stderr: expect.stringContaining('copy, about') });
  expect(run.stdout).toContain('Quick: shows that it runs');
  expect(run.stdout).not.toContain('\u001b');
  expect(JSON.parse(readFileSync(json, 'utf8'))).toMatchObject({
    version: 1,
    size: 'quick',
    cases: [{ name: 'copy' }],
  });
  expect(readFileSync(html, 'utf8')).toContain('<svg');

  const sql = postgres(url, { max: 1 });
  await sql`CREATE TABLE songs (id int)`;
  await sql.end();
  const refused = bench(...args);
  expect(refused).toMatchObject({ status: 2, stdout: '', stderr: expect.stringContaining('it has songs') });
  expect(refused.stderr).not.toContain(new URL(url).password);
});
