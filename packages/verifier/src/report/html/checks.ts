import type { CheckResult, Observation } from '../../check.ts';
import { groupBy } from '../groupBy.ts';
import { type Html, html } from './html.ts';
import { milliseconds } from './numbers.ts';

const SIGNS = { passed: '✓', failed: '✗', 'not run': '?' } as const;

/** A failure, or what was not run, with all that was found and the way out. */
export function finding(result: CheckResult, drawn: readonly Html[]): Html {
  const head = html`<h3><span class="badge ${classOf(result)}">${result.status}</span> <span class="dim">${result.subject}</span> ${result.name}</h3>`;
  if (result.status === 'passed') return head;
  if (result.status === 'not run')
    return html`<article class="finding unknown">${head}<pre>${result.reason}</pre></article>`;
  return html`<article class="finding bad-edge">${head}${result.differences.map(difference)}
<p class="fix"><strong>How to fix</strong> ${result.fix}</p>
${drawn.length > 0 ? html`<details><summary>Evidence</summary>${drawn}</details>` : undefined}</article>`;
}

function difference({ what, expected, actual }: Observation): Html {
  return html`<dl class="difference"><dt class="what">${what}</dt><dd><dl><dt>expected</dt><dd><pre class="good">${expected}</pre></dd>
<dt>actual</dt><dd><pre class="bad">${actual}</pre></dd></dl></dd></dl>`;
}

/** Every check by subject, folded away where all passed. */
export function allChecks(results: readonly CheckResult[]): Html {
  const subjects = [...groupBy(results, ({ subject }) => subject)].map(([subject, own]) => {
    const passed = own.filter(({ status }) => status === 'passed').length;
    return html`<details><summary>${subject} <span class="${passed === own.length ? 'dim' : 'bad'}">${passed} of ${own.length}</span></summary>
<ul class="checks">${own.map(line)}</ul></details>`;
  });
  return html`${subjects}`;
}

function line(result: CheckResult): Html {
  const notices = (result.notices ?? []).map((notice) => html`<p class="note"><strong>note</strong> ${notice}</p>`);
  return html`<li class="${classOf(result)}"><span class="sign" aria-label="${result.status}">${SIGNS[result.status]}</span> <span class="check-name">${result.name}</span>
<span class="dim">${milliseconds(result.elapsedMs)}</span>${notices}</li>`;
}

function classOf({ status }: CheckResult): 'good' | 'bad' | 'unknown' {
  return status === 'passed' ? 'good' : status === 'failed' ? 'bad' : 'unknown';
}
