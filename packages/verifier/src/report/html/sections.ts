import type { CheckResult } from '../../check.ts';
import type { Evidence } from '../../evidence.ts';
import { isFinding, type Report } from '../report.ts';
import { accessMatrix } from './access.ts';
import { erDiagram } from './erDiagram.ts';
import { allChecks, findings } from './findings.ts';
import { type Html, html } from './html.ts';
import { lockTimeline } from './locks.ts';
import { planBars } from './plans.ts';
import { racePlot } from './race.ts';

interface Heading {
  readonly id: string;
  readonly title: string;
  readonly lead?: string;
}

export type Section = Heading & { readonly body: Html };

const PLANS: Heading = {
  ...{ id: 'indexes', title: 'Indexes' },
  lead: 'Each index with the query that it serves, at volume, and the same query without it.',
};
const ACCESS: Heading = {
  ...{ id: 'access', title: 'Access' },
  lead: 'Every operation, tried by every role. Owner and stranger are both authenticated: the owner has rows, the stranger has none.',
};
const LOCKS: Heading = {
  ...{ id: 'locks', title: 'Migrations under load' },
  lead: 'The locks that each migration held while clients wrote to its tables.',
};
const RACES: Heading = {
  ...{ id: 'race', title: 'Races' },
  lead: 'Many sessions of one user write at once: as many as fit below the limit must commit, and no more.',
};

/** The sections that this report can fill, in the order of the page: findings first. */
export function sectionsOf({ results, outline, notes = [] }: Report): Section[] {
  const tables = outline?.tables ?? [];
  const cards = (found: readonly CheckResult[]) =>
    findings(found, (result) => drawings([result]).map(({ body }) => body));
  return [
    ...section({ id: 'findings', title: 'Findings' }, results.filter(isFinding), cards),
    ...section(
      { id: 'accepted', title: 'Accepted', lead: 'Failures that the config accepts, each with its reason.' },
      results.filter(({ status }) => status === 'accepted'),
      cards,
    ),
    ...section(
      { id: 'notes', title: 'Not looked at' },
      notes,
      (all) => html`<ul>${all.map((note) => html`<li>${note}</li>`)}</ul>`,
    ),
    ...section({ id: 'tables', title: 'Tables' }, tables, erDiagram),
    ...drawings(results),
    ...section({ id: 'checks', title: 'All checks' }, results, allChecks),
  ];
}

/** What evidence can be drawn as, of one check or of all. */
function drawings(results: readonly CheckResult[]): Section[] {
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
