import type { Report } from '../report.ts';
import { type Html, html } from './html.ts';
import { type Section, sectionsOf } from './sections.ts';
import { STYLE } from './style.ts';
import { verdict } from './summary.ts';

/** The report as one page that needs nothing else: no script, no font, no request. `at` is when it was made. */
export function renderHtml(report: Report, at: Date): string {
  const sections = sectionsOf(report);
  const links = sections.map(({ id, title }) => html`<li><a href="#${id}">${title}</a></li>`);
  const title = report.target === undefined ? 'Proof of the database' : `Inspection of ${report.target}`;
  return document(
    title,
    html`<header><h1>${title}</h1>${verdict(report, at)}</header>
<nav aria-label="Sections"><ul>${links}</ul></nav>
<main id="main">${sections.map(section)}</main>`,
  );
}

/** What is handed on when nothing could run. */
export function renderHtmlFault(reason: string): string {
  return document(
    'Verify could not run',
    html`<main id="main"><h1>Verify could not run</h1><p class="verdict bad"><span aria-hidden="true">✗</span> Nothing was proved</p><pre>${reason}</pre></main>`,
  );
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

function section({ id, title, lead, body }: Section): Html {
  return html`<section id="${id}" aria-labelledby="${id}-title"><h2 id="${id}-title">${title}</h2>${lead === undefined ? undefined : html`<p class="lead">${lead}</p>`}${body}</section>`;
}
