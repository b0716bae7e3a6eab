import type { CheckResult } from '../../check.ts';
import type { Evidence } from '../../evidence.ts';
import { isFinding, type Report } from '../report.ts';
import { accessMatrix } from './accessMatrix.ts';
import { erDiagram } from './erDiagram.ts';
import { allChecks, findings } from './findings.ts';
import { type Html, html } from './html.ts';
import { lockTimeline } from './lockTimeline.ts';
import { planBars } from './planBars.ts';
import { racePlot } from './racePlot.ts';

interface Heading {
  readonly id: string;
  readonly title: string;
  readonly lead?: string;
}

export type Section = Heading & { readonly body: Html };

const PLANS: Heading = {
  ...{ id: 'indexes', title: 'Indexes' },
  lead: 'Each index with the query that it serves, on a large table, and the same query without the index.',
};
const ACCESS: Heading = {
  ...{ id: 'access', title: 'Access' },
  lead: 'The outcome of every operation for every role. The owner and the stranger are both authenticated; the owner has rows, the stranger has none.',
};
const LOCKS: Heading = {
  ...{ id: 'locks', title: 'Migrations under load' },
  lead: 'The locks that each migration held while clients wrote to its tables.',
};
const RACES: Heading = {
  ...{ id: 'race', title: 'Races' },
  lead: 'Many sessions of one user write at the same time. As many as fit below the limit must commit, and no more.',
};

/** The sections of the page, without those that the report has nothing for. */
export function sectionsOf({ results, outline, notes = [] }: Report): Section[] {
  const tables = outline?.tables ?? [];
  const cards = (found: readonly CheckResult[]) =>
    findings(found, (result) => evidenceSections([result]).map(({ body }) => body));
  return [
    ...section({ id: 'findings', title: 'Findings' }, results.filter(isFinding), cards),
    ...section(
      { id: 'accepted', title: 'Accepted', lead: 'Failures that the config accepts, each with its reason.' },
      results.filter(({ status }) => status === 'accepted'),
      cards,
    ),
    ...section(
      { id: 'notes', title: 'Not checked' },
      notes,
      (all) => html`<ul>${all.map((note) => html`<li>${note}</li>`)}</ul>`,
    ),
    ...section({ id: 'tables', title: 'Tables' }, tables, erDiagram),
    ...evidenceSections(results),
    ...section({ id: 'checks', title: 'All checks' }, results, allChecks),
  ];
}

/** The sections that draw the evidence of the results. */
function evidenceSections(results: readonly CheckResult[]): Section[] {
  return [
    ...section(PLANS, evidenceOf(results, 'plan'), planBars),
    ...section(ACCESS, evidenceOf(results, 'access'), accessMatrix),
    ...section(LOCKS, evidenceOf(results, 'locks'), lockTimeline),
    ...section(RACES, evidenceOf(results, 'race'), (races) => html`<div class="races">${races.map(racePlot)}</div>`),
  ];
}

function section<Item>(heading: Heading, items: readonly Item[], draw: (items: readonly Item[]) => Html): Section[] {
  return items.length === 0 ? [] : [{ ...heading, body: draw(items) }];
}

function evidenceOf<Kind extends Evidence['kind']>(results: readonly CheckResult[], kind: Kind) {
  return results.flatMap(({ evidence = [] }) =>
    evidence.filter((it): it is Extract<Evidence, { kind: Kind }> => it.kind === kind),
  );
}
