import { groupBy } from '@app/catalog';
import { type CheckResult, idOf, type Observation } from '../../check.ts';
import { isFinding } from '../report.ts';
import { type Html, html } from './html.ts';
import { milliseconds } from './numbers.ts';
import { anchorsOf, failureOf, type Reason, reasonsOf, sharedDifferences, withoutName } from './reasons.ts';

const SIGNS = { passed: '✓', failed: '✗', accepted: '!', 'not run': '?' } as const;
const MAX_UNFOLDED = 12;

/** A card for each reason, with the differences, the fix, and the evidence as `draw` draws it. */
export function findings(results: readonly CheckResult[], draw: (result: CheckResult) => readonly Html[]): Html {
  const anchors = anchorsOf(results);
  return html`${reasonsOf(results).map((reason) => card(reason, anchors, reason.results.flatMap(draw)))}`;
}

function card(
  { severity, results }: Reason,
  anchors: ReadonlyMap<CheckResult, string>,
  drawings: readonly Html[],
): Html {
  const [first] = results;
  if (first === undefined || first.status === 'passed') return html``;
  const id = anchors.get(first);
  const isAccepted = first.status === 'accepted';
  const tone = isAccepted ? 'unknown' : (severity ?? 'unknown');
  const badge = first.status === 'failed' ? severity : first.status;
  const title = results.length === 1 ? idOf(first) : `${results.length} checks with one reason`;
  const differences = results.length === 1 ? (failureOf(first)?.differences ?? []) : sharedDifferences(results);
  const list = html`${differences.map(difference)}`;
  return html`<article class="finding ${tone}" id="${id}"><h3><span class="badge ${tone}">${badge}</span> ${title} <a class="anchor" href="#${id}" aria-label="Link to this finding">#</a></h3>
${'reason' in first ? html`<pre class="reason">${first.reason}</pre>` : undefined}
${isAccepted ? html`<details><summary>What was found (${severity} severity)</summary>${list}</details>` : list}
${isAccepted ? undefined : fixes(results)}
${results.length > 1 ? members(results, anchors, differences) : undefined}
${drawings.length > 0 ? html`<details><summary>Evidence</summary>${drawings}</details>` : undefined}</article>`;
}

function difference({ what, expected, actual }: Observation): Html {
  return html`<dl class="difference">${what === '' ? undefined : html`<dt class="what">${what}</dt>`}<dd><dl><dt>expected</dt><dd><pre class="good">${expected}</pre></dd>
<dt>actual</dt><dd><pre class="bad">${actual}</pre></dd></dl></dd></dl>`;
}

/** The fixes in words, and their SQL statements in one element, which one click selects. */
function fixes(results: readonly CheckResult[]): Html | undefined {
  const failures = results.flatMap((result) => failureOf(result) ?? []);
  if (failures.length === 0) return undefined;
  const sentences =
    failures.length === 1 ? [failures[0]?.fix] : [...new Set(failures.map((it) => withoutName(it, it.fix)))];
  const sql = [...new Set(failures.flatMap(({ fixSql }) => fixSql ?? []))].join('\n');
  return html`<div class="fix"><h4>Fix</h4>${sentences.length === 1 ? html`<p>${sentences[0]}</p>` : html`<ul>${sentences.map((text) => html`<li>${text}</li>`)}</ul>`}
${sql === '' ? undefined : html`<pre class="sql" tabindex="0" aria-label="SQL of the fix; one click selects it">${sql}</pre>`}</div>`;
}

function members(
  results: readonly CheckResult[],
  anchors: ReadonlyMap<CheckResult, string>,
  shared: readonly Observation[],
): Html {
  const lines = results.map((result, index) => {
    const whats = (failureOf(result)?.differences ?? []).map(({ what }) => what);
    const ownDifferences = whats.filter((what, at) => what !== shared[at]?.what && what !== result.name);
    const id = anchors.get(result);
    // The card has the id of the first result.
    const anchor = index === 0 ? undefined : html` id="${id}"`;
    return html`<li${anchor}><a href="#${id}">${idOf(result)}</a>${ownDifferences.length > 0 ? html` <span class="dim">${ownDifferences.join(', ')}</span>` : undefined}</li>`;
  });
  const open = results.length <= MAX_UNFOLDED ? html` open` : undefined;
  return html`<details${open}><summary>The ${results.length} checks</summary><ul class="members">${lines}</ul></details>`;
}

/** Every check, in a fold for each subject. */
export function allChecks(results: readonly CheckResult[]): Html {
  const subjects = [...groupBy(results, ({ subject }) => subject)].map(([subject, ofSubject]) => {
    const passed = ofSubject.filter(({ status }) => status === 'passed').length;
    const time = ofSubject.reduce((sum, { elapsedMs }) => sum + elapsedMs, 0);
    return html`<details><summary>${subject} <span class="${ofSubject.some(isFinding) ? 'bad' : 'dim'}">${passed} of ${ofSubject.length} passed</span> <span class="dim">${milliseconds(time)}</span></summary>
<ul class="checks">${ofSubject.map(line)}</ul></details>`;
  });
  return html`${subjects}`;
}

function line(result: CheckResult): Html {
  const notices = (result.notices ?? []).map((notice) => html`<p class="note"><strong>note</strong> ${notice}</p>`);
  const tone = { passed: 'good', failed: 'bad', accepted: 'unknown', 'not run': 'unknown' }[result.status];
  return html`<li class="${tone}"><span class="sign" role="img" aria-label="${result.status}">${SIGNS[result.status]}</span> <span class="check-name">${result.name}</span>
<span class="dim">${milliseconds(result.elapsedMs)}</span>${notices}</li>`;
}
