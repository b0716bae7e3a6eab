import type { Ask } from '../sample/answers.ts';
import type { Condition } from '../sample/conditions.ts';
import { overRow } from '../sample/rows.ts';
import { literal, type Row } from '../sql/statements.ts';
import { type Axis, axesOf } from './axes.ts';
import { literalsOf, type TableModel } from './model.ts';
import type { ColumnType, TypeFacts } from './types.ts';

/** A change to the sample row, and what the condition says of it. */
export interface Case {
  readonly change: Row;
  readonly admitted: boolean;
}

export interface Search {
  readonly model: TableModel;
  readonly types: TypeFacts;
  readonly ask: Ask;
  /** A row that all conditions admit. */
  readonly sample: Row;
  /** The one whose bounds are looked for, and the others that a row has to satisfy. */
  readonly condition: Condition;
  readonly others: readonly Condition[];
}

/** Of each verdict no more: a condition with a hundred literals is proved by the first of them. */
const MOST = 12;

/**
 * Rows just outside the condition that nothing else refuses, and just inside: found along the axes of its columns, and
 * among the values that it names.
 */
export async function casesOf(search: Search): Promise<Case[]> {
  const found: Case[] = [];
  for (const column of search.condition.columns) {
    const type = search.types.ofColumn(search.model.table.identity, column);
    for (const axis of axesOf(type, search.sample[column])) found.push(...(await boundsAlong(search, column, axis)));
    found.push(
      ...(await judge(
        search,
        namedValues(search, column, type).map((value) => ({ [column]: value })),
      )),
    );
  }
  const unique = [...new Map(found.map((one) => [JSON.stringify(one.change), one])).values()];
  return [
    ...unique.filter(({ admitted }) => !admitted).slice(0, MOST),
    ...unique.filter(({ admitted }) => admitted).slice(0, MOST),
  ];
}

/** Keeps what the condition refuses and nothing else does, and what all of them admit. */
async function judge(search: Search, changes: readonly Row[]): Promise<Case[]> {
  const { condition, others } = search;
  const verdicts = await verdictsOn(search, changes, [condition, ...others]);
  return changes.flatMap((change, index) => {
    const [own, ...rest] = verdicts[index] ?? [];
    if (own === undefined || rest.some((verdict) => verdict !== 'true')) return [];
    return own === null ? [] : [{ change, admitted: own === 'true' }];
  });
}

async function verdictsOn(
  { model, types, ask, sample }: Search,
  changes: readonly Row[],
  conditions: readonly Condition[],
): Promise<(string | null)[][]> {
  const answers = await ask(
    changes.flatMap((change) =>
      conditions.map(({ expression }) =>
        overRow(model, types, { ...sample, ...change }, `(${expression}) IS NOT FALSE`),
      ),
    ),
  );
  return changes.map((_, index) => answers.slice(index * conditions.length, (index + 1) * conditions.length));
}

/** Both sides of each place where the verdict turns. */
async function boundsAlong(search: Search, column: string, axis: Axis): Promise<Case[]> {
  const verdictAt = async (points: readonly bigint[]) => {
    const changes = points.map((at) => ({ [column]: axis.render(at) }));
    return (await verdictsOn(search, changes, [search.condition])).map(([verdict]) => verdict ?? null);
  };
  // A number may be in a pattern: '^[A-Z]{2,6}$'.
  const digits = search.condition.expression.match(/\d+/g) ?? [];
  const texts = [...literalsOf(search.condition.expression), ...digits];
  const named = texts.flatMap((text) => axis.read(text) ?? []);
  const near = [...named, 0n].flatMap((at) => [at - 1n, at, at + 1n]);
  const points = [...new Set([...near, axis.lowest, axis.highest])]
    .filter((at) => at >= axis.lowest && at <= axis.highest)
    .sort((a, b) => (a < b ? -1 : 1));
  const verdicts = await verdictAt(points);
  const sides: bigint[] = [];
  for (let index = 1; index < points.length; index += 1) {
    let [low, high] = [points[index - 1] ?? 0n, points[index] ?? 0n];
    const [below, above] = [verdicts[index - 1], verdicts[index]];
    if (below === above || below === null || above === null) continue;
    while (high - low > 1n) {
      const middle = low + (high - low) / 2n;
      const [verdict] = await verdictAt([middle]);
      if (verdict === below) low = middle;
      else high = middle;
    }
    sides.push(low, high);
  }
  return await judge(
    search,
    sides.map((at) => ({ [column]: axis.render(at) })),
  );
}

/** What the condition names and its neighbours; what stands out in the type; the row's other values; nothing. */
function namedValues({ model, types, sample, condition }: Search, column: string, type: ColumnType): string[] {
  const { notNull } = model.columns.find(({ name }) => name === column) ?? {};
  const siblings = condition.columns
    .filter((other) => other !== column && types.ofColumn(model.table.identity, other).base === type.base)
    .flatMap((other) => sample[other] ?? [])
    .flatMap((value) => [value, ...(NEIGHBOURS[type.base] ?? []).map((step) => `(${value}) ${step}`)]);
  const texts = literalsOf(condition.expression);
  return [...named(type, texts), ...siblings, ...(notNull ? [] : ['NULL'])];
}

const NEIGHBOURS: Readonly<Record<string, readonly string[]>> = {
  ...Object.fromEntries(['int2', 'int4', 'int8', 'numeric', 'date'].map((base) => [base, ['+ 1', '- 1']])),
  ...Object.fromEntries(
    ['timestamp', 'timestamptz'].map((base) => [base, [`+ interval '1 microsecond'`, `- interval '1 microsecond'`]]),
  ),
};

/** Texts that a list of words is not likely to have: none, the shortest, a letter in two characters. */
const OUTSIDERS = ['', ' ', 'x', '0', 'proof', 'Proof', 'e\u0301'];

function named({ base, labels, sql, length }: ColumnType, texts: readonly string[]): string[] {
  switch (base) {
    case 'text':
    case 'varchar':
    case 'bpchar':
    case 'citext':
      return [
        ...texts,
        ...OUTSIDERS,
        ...texts.flatMap((text) => [text.toUpperCase(), text.toLowerCase(), `${text}x`, ` ${text}`, text.slice(1)]),
      ]
        .filter((text) => length === undefined || text.length <= length)
        .map(literal);
    case 'bool':
      return ['true', 'false'];
    case 'enum':
      return labels.map((label) => `${literal(label)}::${sql}`);
    case 'date':
    case 'timestamp':
    case 'timestamptz':
      return ['infinity', '-infinity', ...texts].map((text) => `${literal(text)}::${base}`);
    case 'json':
    case 'jsonb':
      return ['{}', '[]', 'null', '1', '"x"', ...texts.map((text) => JSON.stringify({ [text]: 'x' }))].map(
        (text) => `${literal(text)}::${base}`,
      );
    case 'float4':
    case 'float8':
    case 'numeric':
      return ['NaN', ...(base === 'numeric' ? [] : ['infinity', '-infinity'])].map(
        (text) => `${literal(text)}::${base}`,
      );
    default:
      return texts.map((text) => `${literal(text)}::${sql}`);
  }
}
