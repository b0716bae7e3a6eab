import type { Table } from '../result.ts';
import { comparisonTable, isText, targetTable } from './cells.ts';
import { escapeHtml, plot } from './plot.ts';
import { type CaseReport, isMeasured, type Report } from './report.ts';

/** The report as one self-contained page: tables, and a plot for each comparison. */
export function renderHtml(report: Report): string {
  const { machine, server, startedAt, size } = report;
  const where = `${startedAt}, ${size} run, PostgreSQL ${server.version}, ${machine.cores} cores (${machine.cpu}), Node ${machine.node}`;
  const targets = report.cases.flatMap((it) => (isMeasured(it) ? (it.targets ?? []) : []));
  return `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Benchmarks</title>
<style>${STYLE}</style>
<h1>Benchmarks</h1>
<p>${escapeHtml(where)}</p>
${size === 'full' ? '' : `<p class="short">A ${size} run: small tables and few rounds show that the bench runs. Compare figures of a full run alone.</p>`}
<nav aria-label="Contents"><ul>${report.cases.map(({ name }) => `<li><a href="#${escapeHtml(name)}">${escapeHtml(name)}</a></li>`).join('')}</ul></nav>
<p class="legend"><span class="limit">limit</span> <span class="ours">ours</span> <span class="rival">rival</span>
<span class="control">control</span>. A bar is the median, a dot below it one round; ratios are taken pair by pair within a round.</p>
${targets.length > 0 ? table(targetTable(targets), 'h2') : ''}
${report.cases.map(section).join('\n')}
</html>
`;
}

function section(report: CaseReport): string {
  const heading = `<h2 id="${escapeHtml(report.name)}">${escapeHtml(report.name)}</h2><p>${escapeHtml(report.question)}</p>`;
  if (!isMeasured(report)) return `${heading}<p class="failed">failed: ${escapeHtml(report.reason)}</p>`;
  const remarks = (report.remarks ?? []).map((it) => `<p class="remark">${escapeHtml(it)}</p>`);
  const comparisons = report.comparisons.map((it) => `${table(comparisonTable(it), 'h3')}${plot(it)}`);
  const tables = (report.tables ?? []).map((it) => table(it, 'h3'));
  return [heading, ...remarks, ...comparisons, ...tables].join('\n');
}

function table(of: Table, heading: 'h2' | 'h3'): string {
  const row = (tag: 'td' | 'th') => (cells: readonly string[]) => {
    const cell = (text: string, column: number) =>
      `<${tag}${isText(of, column) ? ' class="text"' : ''}>${escapeHtml(text)}</${tag}>`;
    return `<tr>${cells.map(cell).join('')}</tr>`;
  };
  const rows = `${row('th')(of.head)}${of.rows.map(row('td')).join('')}`;
  return `<${heading}>${escapeHtml(of.title)}</${heading}><div class="wide"><table>${rows}</table></div>`;
}

const STYLE = `
:root { color-scheme: light dark; --limit: #767676; --ours: #1f77b4; --rival: #d6651a; --control: #8a6fc9; }
body { font: 15px/1.5 system-ui, sans-serif; max-width: 960px; margin: 2rem auto; padding: 0 1rem; }
h2 { margin-top: 3rem; } h3 { font-size: 1rem; margin: 2rem 0 0.3rem; }
table { border-collapse: collapse; font-variant-numeric: tabular-nums; font-size: 13px; }
th, td { padding: 2px 10px; text-align: right; border-bottom: 1px solid color-mix(in srgb, currentColor 18%, transparent); }
th.text, td.text { text-align: left; }
.wide { overflow-x: auto; } .remark { opacity: 0.75; } .failed { color: #c62828; }
.plot { font-size: 12px; margin: 0.6rem 0; } .row { display: grid; grid-template-columns: 18rem 1fr; gap: 8px; align-items: start; padding: 3px 0; }
.row > span { text-align: right; color: CanvasText; } .track { position: relative; height: 22px; margin-right: 4.5rem; }
.track > * { position: absolute; top: 0; } .track b { padding-left: 5px; line-height: 14px; color: CanvasText; white-space: nowrap; }
.bar { left: 0; height: 14px; border-radius: 2px; background: currentColor; opacity: 0.55; }
.track > .dot { top: 16px; width: 5px; height: 5px; margin-left: -2.5px; border-radius: 50%; background: currentColor; }
.axis .track { border-top: 1px solid color-mix(in srgb, CanvasText 40%, transparent); }
.axis i { font-style: normal; transform: translateX(-50%); } .short { font-weight: 600; }
nav ul { display: flex; flex-wrap: wrap; gap: 0.2rem 1.2rem; padding: 0; list-style: none; }
@media (max-width: 640px) { .row { grid-template-columns: 1fr; gap: 0; } .row > span { text-align: left; } body { padding: 0 12px; } }
.limit { color: var(--limit); } .ours { color: var(--ours); } .rival { color: var(--rival); } .control { color: var(--control); }
.legend span { font-weight: 600; }
`;
