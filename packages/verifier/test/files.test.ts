import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { XMLParser, XMLValidator } from 'fast-xml-parser';
import { expect, onTestFinished, test } from 'vitest';
import { renderHtml, renderHtmlFault } from '../src/report/html/page.ts';
import { renderJunit, renderJunitFault } from '../src/report/junit.ts';
import { assertWritable, writeOutput } from '../src/report/outputs.ts';
import { reportOf } from '../src/report/report.ts';
import { HOSTILE, hostileReport } from './support/hostileReport.ts';

interface Suite {
  readonly name: string;
  readonly tests: string;
  readonly failures: string;
  readonly errors: string;
  readonly testcase: readonly Record<string, unknown>[];
}

function parsed(xml: string): Record<string, string> & { readonly testsuite: readonly Suite[] } {
  expect(XMLValidator.validate(xml)).toBe(true);
  const isArray = (name: string) => name === 'testsuite' || name === 'testcase';
  return new XMLParser({ ignoreAttributes: false, attributeNamePrefix: '', isArray }).parse(xml).testsuites;
}

test('JUnit has a suite for each subject, a failure with its evidence, and an error for what was not run', () => {
  const report = reportOf(
    [
      { subject: 'a', name: 'good', elapsedMs: 1_500, status: 'passed', observations: 1 },
      {
        ...{ subject: 'a', name: 'bad', elapsedMs: 0, status: 'failed', fix: 'mend it' },
        differences: [{ what: 'size = 0', expected: 'refused', actual: 'accepted' }],
      },
      { subject: 'b', name: 'unknown', elapsedMs: 0, status: 'not run', reason: 'no room' },
    ],
    { postgresMajor: 18, bootstrap: 'plain', elapsedMs: 2_000 },
  );
  const { testsuite, ...totals } = parsed(renderJunit(report));
  expect(totals).toEqual({ name: 'verify', tests: '3', failures: '1', errors: '1', time: '2.000' });
  expect(testsuite.map(({ name, tests, failures, errors }) => [name, tests, failures, errors])).toEqual([
    ['a', '2', '1', '0'],
    ['b', '1', '0', '1'],
  ]);
  const [good, bad] = testsuite[0]?.testcase ?? [];
  expect(good).toEqual({ classname: 'verify.a', name: 'good', time: '1.500' });
  expect(bad).toMatchObject({
    failure: {
      message: 'size = 0: expected refused, actual accepted',
      '#text': expect.stringContaining('fix: mend it'),
    },
  });
  expect(testsuite[1]?.testcase[0]).toMatchObject({ error: { type: 'not run', message: 'no room' } });
});

test('what comes from the database is well-formed XML, and text in a page', () => {
  const suites = parsed(renderJunit(hostileReport())).testsuite;
  expect(JSON.stringify(suites)).toContain('\\\\u0000\\\\u001b[2J\\\\u202e\\\\ud800');
  const page = renderHtml(hostileReport(), new Date(0));
  expect(page).not.toMatch(/<script|<img|onerror="/);
  expect(page.replaceAll('\n', '')).not.toMatch(/[\p{Cc}\p{Cf}\p{Cs}]/u);
  expect(page).toContain('&lt;script src=&quot;https://example.org/x.js&quot;&gt;');
});

test('a page has a section for each thing that there is, and none for what there is not', () => {
  const sections = (page: string) => [...page.matchAll(/<section id="(\w+)"/g)].map(([, id]) => id);
  expect(sections(renderHtml(hostileReport(), new Date(0)))).toEqual([
    ...['summary', 'findings', 'coverage', 'tables', 'indexes', 'access', 'locks', 'race', 'checks'],
  ]);
  const passed = { subject: 'a', name: 'b', elapsedMs: 1, status: 'passed', observations: 1 } as const;
  const plain = reportOf([passed], { postgresMajor: 18, bootstrap: 'plain', elapsedMs: 1 });
  expect(sections(renderHtml(plain, new Date(0)))).toEqual(['summary', 'checks']);
});

test('when nothing could run, the files say why', () => {
  expect(parsed(renderJunitFault(HOSTILE)).testsuite[0]).toMatchObject({ tests: '1', errors: '1' });
  expect(renderHtmlFault('no <server>')).toContain('no &lt;server&gt;');
});

test('a path that cannot be written is refused before anything runs, and one that can is left as it was', async () => {
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
