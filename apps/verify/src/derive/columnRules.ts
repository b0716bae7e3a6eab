import { objectsOfKind } from '@app/catalog';
import { conditionsOf } from '../sample/conditions.ts';
import { overRow } from '../sample/rows.ts';
import { ACCEPTED, refused } from '../sql/attempt.ts';
import { without } from '../sql/statements.ts';
import type { Known } from './checkCases.ts';
import { leafOf } from './leaf.ts';
import type { TableModel } from './model.ts';

/** What becomes of a column that is given nothing. */
export interface ColumnRules {
  /** What becomes of a NULL: see `attempt`. */
  readonly ofNull: string;
  /** What becomes of a row without the column, where nothing fills it. */
  readonly ofNothing: string;
  /** The default gives the same whenever it is asked in one transaction: it can be compared. */
  readonly isStable: boolean;
}

export async function findColumnRules(known: Known): Promise<Map<string, ColumnRules>> {
  const rules = new Map<string, ColumnRules>();
  for (const { identity, table, name, generated, notNull, default: fallback } of objectsOfKind(
    { objects: known.made },
    'column',
  )) {
    const model = known.model.get(table);
    if (model === undefined) continue;
    const unfilled = generated === undefined ? await refusalOf(known, model, name, notNull) : ACCEPTED;
    const [same] = await known.ask([`SELECT (${fallback ?? 'NULL'}) IS NOT DISTINCT FROM (${fallback ?? 'NULL'})`]);
    rules.set(identity, { ofNull: unfilled, ofNothing: unfilled, isStable: same === 'true' });
  }
  return rules;
}

/** NOT NULL, else the first CHECK by name that does not take a NULL. */
async function refusalOf(known: Known, model: TableModel, column: string, notNull: boolean): Promise<string> {
  const { partition, routes } = leafOf(model, known.model, column);
  if (notNull) return routes ? refused('23514') : refused('23502', `${partition.schema}.${partition.name}.${column}`);
  const conditions = conditionsOf(model, known.facts).filter(({ columns }) => columns.includes(column));
  if (conditions.length === 0) return ACCEPTED;
  let sample: ReturnType<Known['sampler']['row']>;
  try {
    sample = known.sampler.row(model.table.identity, 1);
  } catch {
    return ACCEPTED;
  }
  const row = { ...without(sample, column), [column]: 'NULL' };
  const named = conditions.flatMap(({ name, expression }) => (name === undefined ? [] : [{ name, expression }]));
  const answers = await known.ask(
    named.map(({ expression }) => overRow(model, known.facts.types, row, `(${expression}) IS NOT FALSE`)),
  );
  const broken = named.filter((_, index) => answers[index] === 'false').map(({ name }) => name);
  const [first] = broken.toSorted();
  return first === undefined ? ACCEPTED : refused('23514', first);
}
