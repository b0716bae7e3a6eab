import type { Comparison, Paired, Series, Table, Target } from '../result.ts';

/** Three significant digits, and every digit before the decimal point. */
export function number(value: number): string {
  if (!Number.isFinite(value)) return '–';
  const digits = Math.abs(value) >= 100 ? 0 : Math.abs(value) >= 10 ? 1 : 2;
  return value.toLocaleString('en', { minimumFractionDigits: digits, maximumFractionDigits: digits });
}

function paired(value: Paired | undefined): string {
  return value === undefined ? '' : `${number(value.median)} (${number(value.low)}–${number(value.high)})`;
}

/** Whether a column has words, which are left-aligned; figures are right-aligned. */
export function isText({ rows }: Table, column: number): boolean {
  return column === 0 || !rows.some((row) => /^[-+–≥≤\d]/.test(row[column] ?? ''));
}

/** The figures of a comparison, with a row for each contender. */
export function comparisonTable({ title, unit, better, limit, rival, series }: Comparison): Table {
  const timed = series.some(({ latency }) => latency !== undefined);
  const head = [
    '',
    `median, ${unit}`,
    'quartiles',
    ...(timed ? ['p50, ms', 'p99, ms'] : []),
    ...(limit === undefined ? [] : ['× limit']),
    ...(rival === undefined ? [] : ['× first rival']),
  ];
  const row = (it: Series) => [
    it.name,
    number(it.median),
    `${number(it.spread.low)}–${number(it.spread.high)}`,
    ...(timed ? [number(it.latency?.p50 ?? Number.NaN), number(it.latency?.p99 ?? Number.NaN)] : []),
    ...(limit === undefined ? [] : [it.name === limit ? 'limit' : paired(it.toLimit)]),
    ...(rival === undefined ? [] : [it.name === rival ? 'first rival' : paired(it.toRival)]),
  ];
  return { title: `${title} (${better} is better)`, head, rows: series.map(row) };
}

/** The targets with their measured values. */
export function targetTable(targets: readonly Target[]): Table {
  const bound = ({ bound: it }: Target) => ('atLeast' in it ? `≥ ${number(it.atLeast)}` : `≤ ${number(it.atMost)}`);
  return {
    title: 'targets',
    head: ['', 'what', 'wanted', 'found'],
    rows: targets.map((it) => [
      it.met ? 'met' : 'missed',
      it.text,
      `${bound(it)}${it.kind === 'ratio' ? '' : ' ms'}`,
      paired(it.value),
    ]),
  };
}
