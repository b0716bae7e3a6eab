import type { CheckResult } from '../../check.ts';
import type { Coverage } from '../../coverage.ts';
import { groupBy } from '../groupBy.ts';
import type { Report } from '../report.ts';
import { type Html, html } from './html.ts';
import { milliseconds } from './numbers.ts';

const VERDICTS = {
  proved: 'Everything is proved',
  failed: 'Not everything is so',
  'could not run': 'Nothing could run',
};
const LIVE_VERDICTS = { ...VERDICTS, proved: 'As it should be', failed: 'Not as it should be' };

/** The verdict in a line, and where and when it was come to. */
export function verdict(report: Report, at: Date): Html {
  const { outcome, target, postgresMajor, bootstrap, elapsedMs, leftOut } = report;
  const words = target === undefined ? VERDICTS[outcome] : LIVE_VERDICTS[outcome];
  const where = target === undefined ? 'a throwaway server' : target;
  const more = leftOut === undefined ? '' : `, without the ${leftOut} that only --thorough proves`;
  return html`<p class="verdict ${outcome === 'proved' ? 'good' : 'bad'}"><span aria-hidden="true">${outcome === 'proved' ? '✓' : '✗'}</span> ${words}</p>
<p class="dim">On ${where}, PostgreSQL ${postgresMajor} (${bootstrap}), in ${(elapsedMs / 1000).toFixed(1)} s${more}. <time datetime="${at.toISOString()}">${at.toISOString().slice(0, 16).replace('T', ' ')} UTC</time></p>`;
}

export function summary(report: Report): Html {
  const { totals, coverage } = report;
  const evidence = report.results.flatMap((result) => result.evidence ?? []);
  const waits = evidence.flatMap((it) => (it.kind === 'locks' ? [it.longestWaitMs] : []));
  const figures = [
    figure(totals.passed, 'passed', 'good'),
    figure(totals.failed, 'failed', totals.failed > 0 ? 'bad' : ''),
    figure(totals.notRun, 'not run', totals.notRun > 0 ? 'unknown' : ''),
    ...(coverage === undefined ? [] : [covered(coverage)]),
    ...(waits.length > 0 ? [figure(milliseconds(Math.max(...waits)), 'longest blocked write', '')] : []),
  ];
  const subjects = [...groupBy(report.results, ({ subject }) => subject)].map(subjectRow);
  return html`<ul class="figures">${figures}</ul>
<div class="wide" tabindex="0" role="region" aria-label="Checks by subject"><table class="subjects"><thead><tr><th scope="col">subject</th><th scope="col" class="number">passed</th><th scope="col" class="number">failed</th><th scope="col" class="number">not run</th><th scope="col" class="number">time</th></tr></thead><tbody>${subjects}</tbody></table></div>`;
}

function covered({ objects, totals: { proved, waived } }: Coverage): Html {
  const words = waived > 0 ? `objects proved, ${waived} waived` : 'objects proved';
  return figure(`${proved} / ${objects.length}`, words, proved + waived < objects.length ? 'bad' : '');
}

function figure(value: string | number, words: string, tone: string): Html {
  return html`<li class="${tone}"><strong>${value}</strong> <span>${words}</span></li>`;
}

function subjectRow([subject, results]: [string, CheckResult[]]): Html {
  const count = (status: CheckResult['status']) => results.filter((result) => result.status === status).length;
  const [failed, notRun] = [count('failed'), count('not run')];
  const time = results.reduce((sum, { elapsedMs }) => sum + elapsedMs, 0);
  return html`<tr><th scope="row">${subject}</th><td class="number">${count('passed')}</td><td class="number ${failed > 0 ? 'bad' : 'dim'}">${failed}</td>
<td class="number ${notRun > 0 ? 'unknown' : 'dim'}">${notRun}</td><td class="number dim">${milliseconds(time)}</td></tr>`;
}
