import { type IndexObject, objectsOfKind } from '@app/catalog';
import { type Condition, conditionsOf } from '../sample/conditions.ts';
import { type Change, findChange, rowOf } from '../sample/recipe.ts';
import { overRow } from '../sample/rows.ts';
import { pick, type Row } from '../sql/statements.ts';
import type { Known } from './checkCases.ts';
import { foreignKeysOf, type TableModel, wordsOf } from './model.ts';

/** Rows that a unique index tells apart, and how to make them alike. */
export interface KeyRules {
  readonly first: Row;
  readonly second: Row;
  readonly third: Row;
  readonly keys: readonly KeyPart[];
  /** A change that takes a row out of a partial index. */
  readonly outside: Row | undefined;
}

export interface KeyPart {
  readonly expression: string;
  /** What of a row decides it. */
  readonly columns: readonly string[];
  /** The two rows differ in it. */
  readonly differs: boolean;
  /** The first row with another value that comes to the same key. */
  readonly alike: Row | undefined;
  /** The column alone, where it may be NULL and the row then stays in the index. */
  readonly nullable: string | undefined;
}

export type Found<Thing> = Thing | Error;

/** For every unique index and exclusion that the migrations made: by the index's identity. */
export async function findKeyRules(known: Known): Promise<Map<string, Found<KeyRules>>> {
  const found = new Map<string, Found<KeyRules>>();
  const excluding = new Set(
    objectsOfKind({ objects: known.made }, 'constraint').flatMap(({ type, table, name }) =>
      type === 'exclude' ? JSON.stringify([table, name]) : [],
    ),
  );
  for (const index of objectsOfKind({ objects: known.made }, 'index')) {
    const model = known.model.get(index.table);
    const excludes = excluding.has(JSON.stringify([index.table, index.constraint]));
    if ((!index.unique && !excludes) || model === undefined) continue;
    const rules = await rulesOf(known, model, index).catch((error: unknown) =>
      error instanceof Error ? error : new Error(String(error)),
    );
    found.set(index.identity, rules);
  }
  return found;
}

async function rulesOf(known: Known, model: TableModel, index: IndexObject): Promise<KeyRules> {
  const conditions = conditionsOf(model, known.facts);
  const table = model.table.identity;
  const rows = (change: Change) =>
    [1, 2, 3].map((n) => ({ ...known.sampler.row(table, n), ...rowOf(change, String(n)) }));
  const inside = await membership(known, model, index, conditions, rows, 'IS TRUE');
  if (inside === undefined)
    throw new Error(`no row was found that is in ${index.identity}: give one in \`samples\` of the config`);
  const [first = {}, second = {}, third = {}] = rows(inside);
  const outside =
    index.predicate === undefined ? undefined : await membership(known, model, index, conditions, rows, 'IS NOT TRUE');
  const deciding = columnsIn(model, index.predicate ?? '');
  const keys: KeyPart[] = [];
  for (const expression of index.keys) keys.push(await partOf(known, model, index, expression, [first, second]));
  return { first, second, third, keys, outside: outside && pick(rows(outside)[1] ?? {}, deciding) };
}

async function membership(
  { facts, ask }: Known,
  model: TableModel,
  { predicate = 'true' }: IndexObject,
  conditions: readonly Condition[],
  rows: (change: Change) => Row[],
  verdict: string,
): Promise<Change | undefined> {
  const columns = columnsIn(model, predicate);
  const referring = new Set(foreignKeysOf(model).flatMap((key) => key.columns));
  const goal = { name: undefined, expression: `(${predicate}) ${verdict}`, columns };
  const free = columns.filter((column) => !referring.has(column));
  return await findChange({ model, facts, ask, rows, free, goals: [goal], conditions });
}

async function partOf(
  { facts, ask }: Known,
  model: TableModel,
  index: IndexObject,
  expression: string,
  [first, second]: readonly [Row, Row],
): Promise<KeyPart> {
  const columns = columnsIn(model, expression);
  const value = (row: Row, of = expression) => overRow(model, facts.types, row, of);
  const [one, other] = await ask([value(first), value(second)]);
  const [column] = columns;
  const own = model.columns.find(({ name }) => name === column);
  const isPlain =
    columns.length === 1 && own !== undefined && wordsOf(expression).length === 1 && !expression.includes('(');
  const withNull = column === undefined ? {} : { ...second, [column]: 'NULL' };
  const holds = conditionsOf(model, facts).map((condition) => `(${condition.expression}) IS NOT FALSE`);
  const [staysIn] = await ask([value(withNull, [`(${index.predicate ?? 'true'}) IS TRUE`, ...holds].join(' AND '))]);
  const candidates =
    isPlain || column === undefined ? [] : VARIANTS.map((variant) => ({ [column]: variant(first[column] ?? 'NULL') }));
  const values = await ask(
    candidates.flatMap((change) => [
      value({ ...first, ...change }),
      value({ ...first, ...change }, columnText(column)),
    ]),
  );
  const [plain] = await ask([value(first, columnText(column))]);
  const alike = candidates.find(
    (_, at) => values[2 * at] === one && values[2 * at + 1] !== plain && values[2 * at + 1] !== null,
  );
  return {
    ...{ expression, columns, alike, differs: one !== other },
    nullable:
      isPlain && own.notNull === false && own.generated === undefined && staysIn === 'true' ? column : undefined,
  };
}

/** Other spellings that an expression may come to the same for. */
const VARIANTS: readonly ((value: string) => string)[] = [
  (value) => `upper(${value})`,
  (value) => `lower(${value})`,
  (value) => `' ' || ${value}`,
  (value) => `${value} || ' '`,
  (value) => `-(${value})`,
  (value) => `${value} + interval '1 microsecond'`,
];

function columnText(column: string | undefined): string {
  return column === undefined ? 'NULL' : `"${column.replaceAll('"', '""')}"`;
}

/** The columns that decide an expression, those behind a generated one among them. */
function columnsIn(model: TableModel, expression: string): string[] {
  const words = new Set(wordsOf(expression));
  const named = model.columns.filter(({ name }) => words.has(name));
  return [
    ...new Set(
      named.flatMap(({ name, generated, default: value }) =>
        generated === undefined
          ? [name]
          : columnsIn(
              { ...model, columns: model.columns.filter((column) => column.generated === undefined) },
              value ?? '',
            ),
      ),
    ),
  ];
}
