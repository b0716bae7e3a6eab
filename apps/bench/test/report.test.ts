import pc from 'picocolors';
import { expect, test } from 'vitest';
import { compareTimes, seriesOf, target } from '../src/harness/compare.ts';
import { renderHtml } from '../src/report/html.ts';
import { fillPage } from '../src/report/page.ts';
import { exitCodeOf, type Report } from '../src/report/report.ts';
import { renderTable } from '../src/report/table.ts';

const comparison = compareTimes('10 <files>', [
  { name: 'bare', role: 'limit', samples: [10, 10] },
  { name: 'ours', role: 'ours', samples: [20, 20] },
  { name: 'theirs', role: 'rival', samples: [2_000, 2_000] },
]);
const report: Report = {
  ...{ version: 1, startedAt: '2026-01-01T00:00:00.000Z', elapsedMs: 60_000, size: 'full' },
  machine: { cpu: 'a processor', cores: 2, memoryGiB: 4, system: 'linux', node: 'v20' },
  server: { version: '18.4', settings: { fsync: 'off' } },
  cases: [
    {
      ...{ name: 'fake', question: 'Which | one?', elapsedMs: 1, status: 'measured', comparisons: [comparison] },
      targets: target('ours against bare', [seriesOf(comparison, 'ours'), seriesOf(comparison, 'bare')], {
        atMost: 1.5,
      }),
      tables: [{ title: 'sizes', head: ['index', 'MB'], rows: [['a|b', '1']] }],
      remarks: ['On a fake.'],
    },
    { name: 'broken', question: 'Why?', elapsedMs: 1, status: 'failed', reason: 'no <server>' },
  ],
};

test('the terminal shows medians, ratios, missed targets, and the reason of a failed case', () => {
  const text = renderTable(report, pc.createColors(false));
  expect(text).toMatch(/ours +20\.0 +20\.0–20\.0 +2\.00 \(2\.00–2\.00\) +0\.01/);
  expect(text).toMatch(/missed +ours against bare +≤ 1\.50 +2\.00/);
  expect(text).toContain('failed: no <server>');
  expect(text).toContain('1 of 2 cases failed');
});

test('the page gets one table for the comparisons of the same contenders, between its markers only', () => {
  const page = 'Before.\n\n<!-- bench:begin -->\nold\n<!-- bench:end -->\n\nAfter.\n';
  const filled = fillPage(page, report);
  expect(filled).toMatch(/^Before\.\n\n<!-- bench:begin -->\n\nMeasured on 2026-01-01/);
  expect(filled).toMatch(/<!-- bench:end -->\n\nAfter\.\n$/);
  expect(filled).toContain('| 10 <files> | 10.0 | 20.0 (2.00) | 2,000 (200) |');
  expect(filled).toContain('| a\\|b | 1 |');
  expect(filled).toContain('`broken` failed: no <server>');
  expect(filled).not.toContain('old');
  expect(fillPage(filled, report)).toBe(filled);
});

test('a page without the markers is refused', () => {
  expect(() => fillPage('No markers.', report)).toThrow('<!-- bench:begin -->');
});

test('a figure of a quick run is marked as such', () => {
  const page = '<!-- bench:begin -->\n<!-- bench:end -->\n';
  expect(fillPage(page, { ...report, size: 'quick' })).toContain('A quick run');
  expect(fillPage(page, report)).not.toContain('A quick run');
});

test('the HTML page escapes names, plots each round, and lists its cases', () => {
  const html = renderHtml(report);
  expect(html).toContain('10 &lt;files&gt;');
  expect(html).toContain('failed: no &lt;server&gt;');
  expect(html.match(/class="dot"/g)).toHaveLength(6);
  expect(html).toContain('<a href="#fake">fake</a>');
  expect(html).toContain('<h2 id="fake">');
});

test('a plot shows each median at the end of its bar, and its axis the unit', () => {
  const html = renderHtml(report);
  // Figures two hundred times apart: a logarithmic axis from 5, half of the least, to 2,000.
  expect(html).toContain('ms, logarithmic');
  expect(html.match(/<i style="left:[\d.]+%">[\d,]+<\/i>/g)).toEqual([
    '<i style="left:11.6%">10</i>',
    '<i style="left:50.0%">100</i>',
    '<i style="left:88.4%">1,000</i>',
  ]);
  expect(html).toContain('<i class="bar" style="width:100.0%"></i><b style="left:100.0%">2,000</b>');
});

test('the HTML page says where its figures are those of a quick run', () => {
  expect(renderHtml({ ...report, size: 'quick' })).toContain('A quick run:');
  expect(renderHtml(report)).not.toContain('Compare figures of a full run alone');
});

test('a failed case gives the exit code 1, a missed target does not', () => {
  expect(exitCodeOf(report)).toBe(1);
  expect(exitCodeOf({ cases: report.cases.slice(0, 1) })).toBe(0);
});
