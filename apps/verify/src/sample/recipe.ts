import type { Facts } from '../derive/facts.ts';
import { foreignKeysOf, keyColumnsOf, literalsOf, type Model, type TableModel } from '../derive/model.ts';
import type { ColumnType } from '../derive/types.ts';
import { literal, type Row } from '../sql/statements.ts';
import type { Ask } from './answers.ts';
import { type Condition, conditionsOf } from './conditions.ts';
import { partitionValues } from './partition.ts';
import { overRow } from './rows.ts';
import { type Expression, familiesOf } from './values.ts';

/** How to make the nth row of a table: by column. */
export type Recipe = ReadonlyMap<string, Expression>;

export interface Kitchen {
  readonly model: Model;
  readonly facts: Facts;
  readonly ask: Ask;
  /** The recipe of a table that is referenced; undefined where one is being made of it. */
  recipeOf(table: string): Promise<Recipe | undefined>;
}

/** Rows that a recipe is tried on. */
const TRIED = ['700001', '700002', '700017', '3', '1234'];

/** Finds values for the columns that a row cannot do without, so that no CHECK refuses it. @throws Error in words */
export async function makeRecipe(model: TableModel, kitchen: Kitchen): Promise<Recipe> {
  const { types } = kitchen.facts;
  const table = model.table.identity;
  const fixed = new Map<string, Expression>([
    ...partitionValues(model, kitchen),
    ...(await fromParents(model, kitchen)),
  ]);
  const recipe = new Map(fixed);
  const keys = keyColumnsOf(model);
  const own = ownReferences(model);
  for (const { name, notNull, generated, default: fallback } of model.columns) {
    const needed = (keys.has(name) && (notNull || !own.has(name))) || (notNull && fallback === undefined);
    if (generated !== undefined || recipe.has(name) || !needed) continue;
    const [plainest] = familiesOf(types.ofColumn(table, name));
    if (plainest === undefined) throw new Error(`no value of type ${types.ofColumn(table, name).sql} for ${name}`);
    recipe.set(name, plainest);
  }
  // Whoever must have a parent in the same table is its own.
  for (const [column, referenced] of own) {
    const expression = recipe.get(referenced);
    if (recipe.has(column) && expression !== undefined) recipe.set(column, expression);
  }
  const conditions = conditionsOf(model, kitchen.facts);
  for (const condition of conditions) {
    const related = conditions.filter(({ columns }) => columns.some((column) => condition.columns.includes(column)));
    const change = await findChange({
      ...{ model, facts: kitchen.facts, ask: kitchen.ask, goals: [], conditions: related },
      rows: (changes) => TRIED.map((n) => ({ ...rowOf(recipe, n), ...rowOf(changes, n) })),
      free: condition.columns.filter((column) => !fixed.has(column)),
    });
    if (change === undefined)
      throw new Error(`no row was found that satisfies ${condition.name ?? condition.expression}`);
    for (const [column, expression] of change) recipe.set(column, expression);
  }
  return recipe;
}

/** Columns that refer to another column of the same table. */
function ownReferences(model: TableModel): Map<string, string> {
  const keys = foreignKeysOf(model).filter(({ references }) => references.table === model.table.identity);
  return new Map(
    keys.flatMap(({ columns, references }) =>
      columns
        .map((column, at): [string, string] => [column, references.columns[at] ?? ''])
        .filter(([column, other]) => column !== other),
    ),
  );
}

/** A child has its parent's key. A parent is left out where it may be. */
async function fromParents(model: TableModel, kitchen: Kitchen): Promise<Map<string, Expression>> {
  const found = new Map<string, Expression>();
  const keys = keyColumnsOf(model);
  const needed = new Set(
    model.columns.filter(({ name, notNull }) => notNull || keys.has(name)).map(({ name }) => name),
  );
  for (const { columns, references } of foreignKeysOf(model)) {
    if (!columns.some((column) => needed.has(column)) || references.table === model.table.identity) continue;
    const parent = await kitchen.recipeOf(references.table);
    columns.forEach((column, index) => {
      const expression = parent?.get(references.columns[index] ?? '');
      if (expression !== undefined && !found.has(column)) found.set(column, expression);
    });
  }
  return found;
}

/** Changes by column. */
export type Change = readonly (readonly [column: string, expression: Expression])[];

export interface Wish {
  readonly model: TableModel;
  readonly facts: Facts;
  readonly ask: Ask;
  /** The rows that have to be so, with a change made to them. */
  rows(change: Change): Row[];
  /** Columns that may be changed. */
  readonly free: readonly string[];
  /** What has to hold, beside what the rows must not make false anyway. */
  readonly goals: readonly Condition[];
  readonly conditions: readonly Condition[];
}

async function holds(wish: Wish, change: Change = []): Promise<boolean> {
  const { model, ask, facts, goals, conditions } = wish;
  const expressions = [
    ...goals.map(({ expression }) => `(${expression}) IS TRUE`),
    ...conditions.map(({ expression }) => `(${expression}) IS NOT FALSE`),
  ];
  const queries = wish.rows(change).flatMap((row) => expressions.map((one) => overRow(model, facts.types, row, one)));
  return (await ask(queries)).every((answer) => answer === 'true');
}

const MOST_PAIRS = 2_000;

/** Other values for no column, for one, else for two, with which all of it holds. */
export async function findChange(wish: Wish): Promise<Change | undefined> {
  const { free, model, facts, goals, conditions } = wish;
  const choices = free.map((column): [string, Expression[]] => {
    const type = facts.types.ofColumn(model.table.identity, column);
    const { notNull } = model.columns.find(({ name }) => name === column) ?? {};
    const nothing: Expression[] = notNull ? [] : [() => 'NULL'];
    return [column, [...familiesOf(type), ...constantsOf(type, [...goals, ...conditions]), ...nothing]];
  });
  const singles = choices.flatMap(([column, values]) => values.map((value): Change => [[column, value]]));
  const pairs = choices.flatMap(([one, values], index) =>
    choices.slice(index + 1).flatMap(([other, others]) =>
      values.flatMap((a) =>
        others.map(
          (b): Change => [
            [one, a],
            [other, b],
          ],
        ),
      ),
    ),
  );
  for (const change of [[], ...singles, ...pairs.slice(0, MOST_PAIRS)]) if (await holds(wish, change)) return change;
  return undefined;
}

/** What the conditions name, in turn and alone. */
function constantsOf(type: ColumnType, conditions: readonly Condition[]): Expression[] {
  const texts = conditions.flatMap(({ expression }) => literalsOf(expression));
  const constants = [...new Set(texts)].map((text) => `${literal(text)}::${type.sql}`);
  const inTurn: Expression[] =
    constants.length < 2 ? [] : [(n) => `(ARRAY[${constants.join(', ')}])[1 + (${n}) % ${constants.length}]`];
  return [...inTurn, ...constants.map((constant) => () => constant)];
}

export function rowOf(recipe: Iterable<readonly [string, Expression]>, n: string): Row {
  return Object.fromEntries([...recipe].map(([column, expression]) => [column, expression(n)]));
}
