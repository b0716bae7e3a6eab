import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Catalog } from '@app/catalog';
import { XMLParser, XMLValidator } from 'fast-xml-parser';
import { expect, onTestFinished, test, vi } from 'vitest';
import type { CheckResult } from '../src/check.ts';
import { userPath } from '../src/paths.ts';
import { renderHtml, renderHtmlError } from '../src/report/html/page.ts';
import { renderJunit, renderJunitError } from '../src/report/junit.ts';
import { outlineOf } from '../src/report/outline.ts';
import { assertWritable, writeOutput } from '../src/report/outputs.ts';
import { reportOf } from '../src/report/report.ts';
import { ACCEPTED, exampleReport, OPEN_GRANT } from './support/exampleReport.ts';
import { HOSTILE, hostileReport } from './support/hostileReport.ts';

interface Suite {
  readonly name: string;
  readonly tests: string;
  readonly failures: string;
  readonly errors: string;
  readonly skipped: string;
  readonly testcase: readonly Record<string, unknown>[];
}

function parsed(xml: string): Record<string, string> & { readonly testsuite: readonly Suite[] } {
  expect(XMLValidator.validate(xml)).toBe(true);
  const isArray = (name: string) => name === 'testsuite' || name === 'testcase';
  return new XMLParser({ ignoreAttributes: false, attributeNamePrefix: '', isArray }).parse(xml).testsuites;
}

test('JUnit has a suite for each subject: a failure with its fix, an error for a check not run, a skipped test for an accepted failure', () => {
  const report = reportOf(
    [
      { subject: 'a', name: 'good', elapsedMs: 1_500, status: 'passed', observations: 1 },
      {
        ...{ subject: 'a', name: 'bad', elapsedMs: 0, status: 'failed', severity: 'high' },
        ...{ fix: 'mend it', fixSql: 'ALTER TABLE a;' },
        differences: [{ what: 'size = 0', expected: 'refused', actual: 'accepted' }],
      },
      { subject: 'b', name: 'unknown', elapsedMs: 0, status: 'not run', reason: 'no room' },
      ACCEPTED,
    ],
    { postgresMajor: 18, bootstrap: 'plain', elapsedMs: 2_000 },
  );
  const { testsuite, ...totals } = parsed(renderJunit(report));
  expect(totals).toEqual({ name: 'verify', tests: '4', failures: '1', errors: '1', skipped: '1', time: '2.000' });
  expect(
    testsuite.map(({ name, tests, failures, errors, skipped }) => [name, tests, failures, errors, skipped]),
  ).toEqual([
    ['a', '2', '1', '0', '0'],
    ['b', '1', '0', '1', '0'],
    ['security', '1', '0', '0', '1'],
  ]);
  const [good, bad] = testsuite[0]?.testcase ?? [];
  expect(good).toEqual({ classname: 'verify.a', name: 'good', time: '1.500' });
  expect(bad).toMatchObject({
    failure: {
      message: 'size = 0: expected refused, actual accepted',
      '#text': expect.stringContaining('fix: mend it\nALTER TABLE a;'),
    },
  });
  expect(testsuite[1]?.testcase[0]).toMatchObject({ error: { type: 'not run', message: 'no room' } });
  expect(testsuite[2]?.testcase[0]).toMatchObject({
    skipped: { message: 'accepted: The extension creates this function.' },
  });
});

test('names and messages of the database give well-formed XML, and no markup in HTML', () => {
  const suites = parsed(renderJunit(hostileReport())).testsuite;
  expect(JSON.stringify(suites)).toContain('\\\\u0000\\\\u001b[2J\\\\u202e\\\\ud800');
  const page = renderHtml(hostileReport(), new Date(0));
  expect(page).not.toMatch(/<script|<img|onerror="/);
  expect(page.replaceAll('\n', '')).not.toMatch(/[\p{Cc}\p{Cf}\p{Cs}]/u);
  expect(page).toContain('&lt;script src=&quot;https://example.org/x.js&quot;&gt;');
});

test('a page has a section for each kind of content in the report, findings first, and no empty section', () => {
  const sections = (page: string) => [...page.matchAll(/<section id="(\w+)"/g)].map(([, id]) => id);
  expect(sections(renderHtml(hostileReport(), new Date(0)))).toEqual([
    ...['findings', 'accepted', 'notes', 'tables', 'indexes', 'access', 'locks', 'race', 'checks'],
  ]);
  const passed = { subject: 'a', name: 'b', elapsedMs: 1, status: 'passed', observations: 1 } as const;
  const page = renderHtml(
    reportOf([passed, passed], { postgresMajor: 18, bootstrap: 'plain', elapsedMs: 1 }),
    new Date(0),
  );
  expect(sections(page)).toEqual(['checks']);
  expect(page).toMatch(/<h1[^>]*>.*All 2 checks passed<\/h1>/);
});

/** The badge, the title and the number of listed checks of every card. */
function cardsOf(page: string): (readonly [badge: string | undefined, title: string | undefined, checks: number])[] {
  return [...page.matchAll(/<article .*?<\/article>/gs)].map(([card]) => {
    const [, badge, title] = /<h3><span class="badge[^>]*>(.*?)<\/span> (.*?) <a/.exec(card) ?? [];
    return [badge, title, [...card.matchAll(/<li[^>]*><a href="#finding/g)].length];
  });
}

test('cards are sorted by severity; checks with the same reason share a card, and each check has its own id', () => {
  const page = renderHtml(exampleReport(), new Date(0));
  expect(page).toMatch(/<h1[^>]*>.*7 of 73 checks failed<\/h1>/);
  expect(cardsOf(page)).toEqual([
    ['high', 'source: grant on table public.orders to anon', 0],
    ['medium', '3 checks with one reason', 3],
    ['medium', 'source: column public.orders.total', 0],
    ['low', '2 checks with one reason', 2],
    ['not run', '2 checks with one reason', 2],
    ['accepted', 'security: every function sets search_path', 0],
  ]);
  const ids = [...page.matchAll(/ id="(finding-[^"]*)"/g)].map(([, id]) => id);
  expect(new Set(ids).size).toBe(10);
  expect(ids[0]).toBe('finding-source-grant-on-table-public-orders-to-anon');
  for (const [, target] of page.matchAll(/href="#(finding-[^"]*)"/g)) expect(ids).toContain(target);
});

test('names that differ in punctuation get different ids, and different fixes get different cards', () => {
  const failed = (name: string, fix: string): CheckResult => ({ ...OPEN_GRANT, name, fix }) as CheckResult;
  const report = reportOf([failed('a b', 'x'), failed('a-b', 'y'), failed('c', 'x')], {
    ...{ postgresMajor: 18, bootstrap: 'plain', elapsedMs: 1 },
  });
  const page = renderHtml(report, new Date(0));
  expect(cardsOf(page).map(([, title]) => title)).toEqual(['2 checks with one reason', 'source: a-b']);
  expect(page).toContain('id="finding-source-a-b-2"');
});

test('a card shows the SQL of its fix; the diagram marks what differs; accepted findings and notes are listed', () => {
  const page = renderHtml(exampleReport(), new Date(0));
  expect(page).toMatch(/<pre class="sql"[^>]*>REVOKE SELECT ON TABLE public.orders FROM anon;\nGRANT SELECT/);
  expect(page).toContain('>≠ public.orders</text>');
  expect(page).toContain('>≠ total</tspan>');
  expect(page).toContain('not as expected: public.orders</li>');
  expect(page).toContain('The extension creates this function.');
  expect(page).toContain('<li>The source was not compared: the config has no drizzle.</li>');
});

test('every axis of a plot has a title with its unit', () => {
  const page = renderHtml(exampleReport(), new Date(0));
  for (const title of [
    'time of the query, ms',
    'time since the migration began, ms',
    'time since the start, ms',
    'committed, MB',
  ])
    expect(page).toContain(title);
  expect(page).toContain('on public.orders, 50,000 rows');
});

test('the outline marks a table that differs, and the table of a part that differs or is missing', () => {
  const about = { definition: '', owner: undefined, schema: 'public' };
  const table = (name: string) => ({ kind: 'table', identity: `public.${name}`, inherits: [], ...about });
  const column = { kind: 'column', identity: 'public.a.x', table: 'public.a', name: 'x', isLocal: true, ...about };
  const index = { kind: 'index', identity: 'public.i', table: 'public.b', ...about };
  const catalog = { objects: [table('a'), table('b'), table('c'), column] } as unknown as Catalog;
  const expected = { objects: [index] } as unknown as Catalog;
  const { tables } = outlineOf(catalog, new Set(['column public.a.x', 'index public.i']), expected);
  expect(tables.map(({ identity, differs }) => [identity, differs])).toEqual([
    ['public.a', true],
    ['public.b', true],
    ['public.c', false],
  ]);
  expect(tables[0]?.columns).toMatchObject([{ name: 'x', differs: true }]);
});

test('a relative path starts from the folder where the user ran the command', () => {
  vi.stubEnv('INIT_CWD', '/home/me');
  onTestFinished(() => {
    vi.unstubAllEnvs();
  });
  expect(userPath('out/report.html')).toBe('/home/me/out/report.html');
  expect(userPath('/tmp/report.html')).toBe('/tmp/report.html');
  vi.stubEnv('INIT_CWD', undefined);
  expect(userPath('report.html')).toBe(join(process.cwd(), 'report.html'));
});

test('the report files of a run that could not begin give the reason', () => {
  expect(parsed(renderJunitError(HOSTILE)).testsuite[0]).toMatchObject({ tests: '1', errors: '1' });
  expect(renderHtmlError('no <server>')).toContain('no &lt;server&gt;');
});

test('assertWritable refuses a path that cannot be written, and changes no file', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'verify-outputs-'));
  onTestFinished(() => rm(folder, { recursive: true }));
  await assertWritable(join(folder, 'new.html'));
  expect(await readdir(folder)).toEqual([]);
  await writeFile(join(folder, 'old.html'), 'old');
  await assertWritable(join(folder, 'old.html'));
  await expect(assertWritable(folder)).rejects.toThrow(`the report cannot be written to ${folder}: it is a directory`);
  await expect(assertWritable(join(folder, 'none/x.html'))).rejects.toThrow(/cannot be written to .*ENOENT/);
  await expect(writeOutput(join(folder, 'none/x.html'), '')).rejects.toThrow(/cannot be written to .*ENOENT/);
});
