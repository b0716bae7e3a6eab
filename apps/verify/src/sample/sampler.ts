import type postgres from 'postgres';
import type { VerifyConfig } from '../config.ts';
import type { Facts } from '../derive/facts.ts';
import { foreignKeysOf, type Model } from '../derive/model.ts';
import { refused, settle } from '../sql/attempt.ts';
import { insert, type Row } from '../sql/statements.ts';
import type { Ask } from './answers.ts';
import { makeRecipe, type Recipe, rowOf } from './recipe.ts';

/** Valid rows of every table. */
export interface Sampler {
  /** The nth row: two of different n share no key. @throws Error where none could be derived and none is given */
  row(table: string, n: number): Row;
  /** What rows in bulk are made from. @throws Error as `row` */
  recipe(table: string): Recipe;
  /** Inserts the parents that the row has to have, but for those of one foreign key. */
  layParents(transaction: postgres.TransactionSql, table: string, row: Row, n: number, except?: string): Promise<void>;
}

/** Far from what a project's own state is likely to hold. */
const OFFSET = 700_000;

/** Derives a recipe for each table; what cannot be derived is only an error to whoever needs it. */
export async function makeSampler(ask: Ask, config: VerifyConfig, model: Model, facts: Facts): Promise<Sampler> {
  const recipes = new Map<string, Recipe | Error>();
  const underWay = new Set<string>();
  const recipeOf = async (table: string): Promise<Recipe | undefined> => {
    const found = recipes.get(table);
    const own = model.get(table);
    if (found instanceof Error || underWay.has(table) || own === undefined) return undefined;
    if (found !== undefined) return found;
    underWay.add(table);
    const made = await makeRecipe(own, { model, facts, ask, recipeOf }).catch((error: unknown) =>
      error instanceof Error ? error : new Error(String(error)),
    );
    underWay.delete(table);
    recipes.set(table, made);
    return made instanceof Error ? undefined : withSample(made, table, config);
  };
  for (const table of model.keys()) await recipeOf(table);

  const row = (table: string, n: number): Row => {
    const recipe = recipes.get(table);
    const sample = config.samples?.[table]?.(n);
    if (recipe instanceof Map) return { ...rowOf(recipe, String(OFFSET + n)), ...sample };
    if (sample !== undefined) return sample;
    throw new Error(
      `no sample row for ${table} (${recipe instanceof Error ? recipe.message : 'there is no such table'}): give one in \`samples\` of the config`,
    );
  };
  const layParents: Sampler['layParents'] = async (transaction, table, child, n, except) => {
    for (const { name, columns, references } of foreignKeysOf(model.get(table) ?? nothing(table))) {
      const keys = columns.map((column) => child[column] ?? 'NULL');
      if (name === except || references.table === table || keys.includes('NULL')) continue;
      const key = Object.fromEntries(references.columns.map((column, index) => [column, keys[index] ?? 'NULL']));
      const parent = { ...row(references.table, n), ...key };
      await layParents(transaction, references.table, parent, n);
      const outcome = await settle(transaction, insert(references.table, parent));
      if (outcome.startsWith('refused') && !outcome.startsWith(refused('23505')))
        throw new Error(`a sample row of ${references.table} is ${outcome}: give one in \`samples\` of the config`);
    }
  };
  const recipe = (table: string): Recipe => {
    const found = recipes.get(table);
    if (found instanceof Map) return found;
    throw new Error(`no rows can be derived for ${table}${found instanceof Error ? `: ${found.message}` : ''}`);
  };
  return { row, recipe, layParents };
}

/** A given sample goes before what was derived; it knows numbers alone. */
function withSample(recipe: Recipe, table: string, { samples }: VerifyConfig): Recipe {
  const sample = samples?.[table];
  if (sample === undefined) return recipe;
  const given = Object.keys(sample(1)).map(
    (column) => [column, (n: string) => sample(Number(n))[column] ?? 'NULL'] as const,
  );
  return new Map([...recipe, ...given]);
}

function nothing(table: string): never {
  throw new Error(`there is no table ${table}`);
}
