import { execFile } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import postgres from 'postgres';
import { expect, onTestFinished, test } from 'vitest';
import { CASES } from '../../src/cases/index.ts';
import type { Report } from '../../src/report/report.ts';
import { emptyDatabase } from '../support/servers.ts';

const folder = fileURLToPath(new URL('../..', import.meta.url));

function bench(...args: string[]): Promise<{ status: number | null; stdout: string; stderr: string }> {
  const env = { ...process.env, NO_COLOR: '1', INIT_CWD: tmpdir() };
  const command = ['--import', 'tsx/esm', 'src/main.ts', ...args];
  return new Promise((resolve) => {
    const child = execFile(process.execPath, command, { cwd: folder, env, timeout: 150_000 }, (_, stdout, stderr) =>
      resolve({ status: child.exitCode, stdout, stderr }),
    );
  });
}

test('--help names every case and the exit codes', async () => {
  const { status, stdout } = await bench('--help');
  expect(status).toBe(0);
  for (const { name } of CASES) expect(stdout).toContain(name);
  expect(stdout).toContain('Exit codes');
});

test('an unknown case, two sizes and a file that cannot be written are usage errors', async () => {
  const uses = [['nonsense'], ['--quick', '--short'], ['--quick', '--json', '/dev/null/x']];
  expect(await Promise.all(uses.map((args) => bench(...args)))).toMatchObject([
    { status: 2, stdout: '', stderr: expect.stringContaining('nonsense') },
    { status: 2, stderr: expect.stringContaining('--short') },
    { status: 2, stderr: expect.stringContaining('ENOTDIR') },
  ]);
});

test('a database with tables is refused; with an empty one the text, the JSON and the HTML report are written', async () => {
  const { url } = await emptyDatabase();
  const out = mkdtempSync(join(tmpdir(), 'bench-test-'));
  onTestFinished(() => rmSync(out, { recursive: true }));
  const [json, html] = [join(out, 'report.json'), join(out, 'report.html')];
  const args = ['copy', '--quick', '--url', url, '--json', json, '--html', html];

  const run = await bench(...args);
  expect(run).toMatchObject({ status: 0, stderr: expect.stringContaining('copy, about') });
  expect(run.stdout).toContain('Quick: shows that it runs');
  expect(run.stdout).not.toContain('\u001b');
  const report = JSON.parse(readFileSync(json, 'utf8')) as Report;
  expect(report).toMatchObject({ version: 1, size: 'quick', cases: [{ name: 'copy', status: 'measured' }] });
  expectFigures(report);
  expect(readFileSync(html, 'utf8')).toContain('class="bar"');

  const sql = postgres(url, { max: 1 });
  await sql`CREATE TABLE songs (id int)`;
  await sql.end();
  const refused = await bench(...args);
  expect(refused).toMatchObject({ status: 2, stdout: '', stderr: expect.stringContaining('it has songs') });
  expect(refused.stderr).not.toContain(new URL(url).password);
});

/** Checks the figures of each contender and round, the targets and the notes of a case. */
function expectFigures({ cases: [result] }: Report): void {
  if (result?.status !== 'measured') throw new Error('it was not measured');
  expect(result.comparisons.map(({ series }) => series.map(({ role }) => role))).toEqual([
    ['limit', 'ours', 'rival'],
    ['limit', 'ours'],
  ]);
  for (const { samples } of result.comparisons.flatMap(({ series }) => series)) {
    expect(samples.length).toBeGreaterThan(0);
    expect(samples.every((ms) => ms > 0)).toBe(true);
  }
  expect(result.targets).toHaveLength(2);
  expect(result.remarks).toHaveLength(1);
}
