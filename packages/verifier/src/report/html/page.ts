import { headlineOf, type Report } from '../report.ts';
import { type Html, html } from './html.ts';
import { type Section, sectionsOf } from './sections.ts';
import { STYLE } from './style.ts';

/** The report as one HTML page without scripts, fonts or requests. @param at the time that the page shows */
export function renderHtml(report: Report, at: Date): string {
  const sections = sectionsOf(report);
  const links = sections.map(({ id, title }) => html`<li><a href="#${id}">${title}</a></li>`);
  const title = report.target === undefined ? 'Verification of the migrations' : `Inspection of ${report.target}`;
  const [first = '', ...more] = headlineOf(report);
  const all = report.totals.passed === report.results.length ? `All ${first}` : first;
  return document(
    `${all} · ${title}`,
    html`<header><p class="dim">${title}</p>${headline(report.outcome === 'proved', all)}${details(report, more, at)}</header>
<nav aria-label="Sections"><ul>${links}</ul></nav>
<main id="main">${sections.map(sectionElement)}</main>`,
  );
}

/** The page of a run that could not begin. */
export function renderHtmlError(reason: string): string {
  return document(
    'Verify could not run',
    html`<main id="main">${headline(false, 'Verify could not run')}<pre>${reason}</pre></main>`,
  );
}

function headline(isGood: boolean, text: string): Html {
  return html`<h1 class="${isGood ? 'good' : 'bad'}"><span aria-hidden="true">${isGood ? '✓' : '✗'}</span> ${text}</h1>`;
}

function details(report: Report, more: readonly string[], at: Date): Html {
  const { postgresMajor, bootstrap, elapsedMs, leftOut, outcome, totals } = report;
  const counts = outcome === 'failed' ? [...more, `${totals.passed} passed`] : more;
  const left = leftOut === undefined ? '' : `, ${leftOut} more with --thorough`;
  const start = counts.length > 0 ? `${counts.join(', ')}. ` : '';
  const time = at.toISOString();
  return html`<p class="dim">${start}PostgreSQL ${postgresMajor} (${bootstrap}), ${(elapsedMs / 1000).toFixed(1)} s${left}. <time datetime="${time}">${time.slice(0, 16).replace('T', ' ')} UTC</time></p>`;
}

function document(title: string, body: Html): string {
  return html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'; img-src data:">
<meta name="color-scheme" content="light dark">
<link rel="icon" href="data:,">
<title>${title}</title>
<style>${STYLE}</style>
</head>
<body><a class="skip" href="#main">To the report</a>
${body}
</body>
</html>
`.text;
}

function sectionElement({ id, title, lead, body }: Section): Html {
  return html`<section id="${id}" aria-labelledby="${id}-title"><h2 id="${id}-title">${title}</h2>${lead === undefined ? undefined : html`<p class="lead">${lead}</p>`}${body}</section>`;
}
