import type { CheckResult } from '../../check.ts';
import type { Evidence } from '../../evidence.ts';
import type { Report } from '../report.ts';
import { accessMatrix } from './access.ts';
import { allChecks, finding } from './checks.ts';
import { coverageMap } from './coverage.ts';
import { erDiagram } from './erDiagram.ts';
import { type Html, html } from './html.ts';
import { lockTimeline } from './locks.ts';
import { planBars } from './plans.ts';
import { racePlot } from './race.ts';
import { summary } from './summary.ts';

export interface Section {
  readonly id: string;
  readonly title: string;
  readonly lead?: string;
  readonly body: Html;
}

/** What the report has something to say of, in the order of the page. */
export function sectionsOf(report: Report): Section[] {
  const { results, coverage, outline } = report;
  const wrong = results.filter(({ status }) => status !== 'passed');
  const plans = evidenceOf(results, 'plan');
  const access = evidenceOf(results, 'access');
  const locks = evidenceOf(results, 'locks');
  const races = evidenceOf(results, 'race');
  const all: (Section | undefined)[] = [
    { id: 'summary', title: 'Summary', body: summary(report) },
    some(
      wrong,
      { id: 'findings', title: 'Findings' },
      (found) => html`${found.map((it) => finding(it, drawings(it)))}`,
    ),
    coverage === undefined
      ? undefined
      : {
          id: 'coverage',
          title: 'Coverage',
          lead: 'Every object that the migrations make, and the checks that prove it.',
          body: coverageMap(coverage),
        },
    outline === undefined || outline.tables.length === 0
      ? undefined
      : {
          id: 'tables',
          title: 'Tables',
          lead: 'A question mark after a type: it may be null.',
          body: erDiagram(outline),
        },
    some(
      plans,
      {
        id: 'indexes',
        title: 'Indexes',
        lead: 'Each index on the query that it is for, at volume, and the same query without it.',
      },
      planBars,
    ),
    some(
      access,
      {
        id: 'access',
        title: 'Access',
        lead: 'Every operation, really done by every role. Owner and stranger are both authenticated: with rows of their own, and without.',
      },
      accessMatrix,
    ),
    some(
      locks,
      {
        id: 'locks',
        title: 'Migrations under load',
        lead: 'The locks that each migration was seen to hold while clients wrote to its tables.',
      },
      lockTimeline,
    ),
    some(
      races,
      {
        id: 'race',
        title: 'Quota under attack',
        lead: 'Many sessions of one user upload at once: as many as fit must come through, and not one more.',
      },
      (of) => html`${of.map(racePlot)}`,
    ),
    some(results, { id: 'checks', title: 'All checks' }, allChecks),
  ];
  return all.filter((it) => it !== undefined);
}

function some<Item>(
  items: readonly Item[],
  about: Omit<Section, 'body'>,
  draw: (items: readonly Item[]) => Html,
): Section | undefined {
  return items.length === 0 ? undefined : { ...about, body: draw(items) };
}

/** The evidence of one check, as in the sections. */
function drawings({ evidence = [] }: CheckResult): Html[] {
  const of = [{ evidence }];
  const [plans, access, locks] = [evidenceOf(of, 'plan'), evidenceOf(of, 'access'), evidenceOf(of, 'locks')];
  return [
    ...(plans.length > 0 ? [planBars(plans)] : []),
    ...(access.length > 0 ? [accessMatrix(access)] : []),
    ...(locks.length > 0 ? [lockTimeline(locks)] : []),
    ...evidenceOf(of, 'race').map(racePlot),
  ];
}

type OfKind<Kind extends Evidence['kind']> = Extract<Evidence, { kind: Kind }>;

function evidenceOf<Kind extends Evidence['kind']>(
  results: readonly Pick<CheckResult, 'evidence'>[],
  kind: Kind,
): OfKind<Kind>[] {
  return results.flatMap(({ evidence = [] }) => evidence.filter((it): it is OfKind<Kind> => it.kind === kind));
}
