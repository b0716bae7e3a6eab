import type { Scene } from '../check.ts';
import { foreignKeysOf } from '../derive/model.ts';
import { madeOfKind, type Project } from '../project.ts';
import { identifier } from '../sql/statements.ts';
import { type Recipe, rowOf } from './recipe.ts';

const ROWS = 5_000;

/** Fills every table that is empty, parents first, and lets the planner know of it. */
export async function fillDerived({ superuser }: Scene, project: Project): Promise<void> {
  const filled: string[] = [];
  const rows = project.config.volume?.rows ?? ROWS;
  for (const table of parentsFirst(project)) {
    const recipe = recipeFor(project, table);
    const [found] = await superuser.unsafe<{ empty: boolean }[]>(`SELECT NOT EXISTS (SELECT FROM ${table}) AS empty`);
    if (recipe === undefined || found?.empty !== true) continue;
    const row = rowOf(recipe, 'i');
    await superuser.unsafe(`INSERT INTO ${table} (${Object.keys(row).map(identifier).join(', ')}) OVERRIDING SYSTEM VALUE
      SELECT ${Object.values(row).join(', ')} FROM generate_series(1, ${rows}) AS i`);
    filled.push(table);
  }
  for (const { identity, materialized } of madeOfKind(project, 'view')) {
    if (!materialized) continue;
    await superuser.unsafe(`REFRESH MATERIALIZED VIEW ${identity}`);
    filled.push(identity);
  }
  // VACUUM as well: an index can only answer alone for pages that are known to be all visible.
  if (filled.length > 0) await superuser.unsafe(`VACUUM (ANALYZE) ${filled.join(', ')}`);
}

/** What was made and what it refers to, without partitions. */
function parentsFirst(project: Project): string[] {
  const ordered = new Set<string>();
  const visiting = new Set<string>();
  const visit = (table: string) => {
    const model = project.model.get(table);
    if (model === undefined || visiting.has(table)) return;
    visiting.add(table);
    for (const { references } of foreignKeysOf(model)) visit(references.table);
    if (model.table.partitionOf === undefined && model.table.tableKind !== 'foreign') ordered.add(table);
  };
  for (const { identity } of madeOfKind(project, 'table')) visit(identity);
  return [...ordered];
}

function recipeFor({ sampler, config }: Project, table: string): Recipe | undefined {
  // A given sample says one row at a time.
  if (config.samples?.[table] !== undefined) return undefined;
  try {
    return sampler.recipe(table);
  } catch {
    return undefined;
  }
}
