import { type Catalog, diffCatalogs, readCatalog } from '@app/catalog';
import { type Observation, ProofFailed, type Scene } from '../check.ts';
import { runMigrations } from '../sql/migration.ts';

// The runner's own tables are its business.
export const CATALOG_OPTIONS = { excludeSchemas: ['drizzle'] };

/** Applies the migrations, up to the one of that tag. @throws ProofFailed where the run does not succeed */
export async function migrated(scene: Scene, to?: string): Promise<void> {
  const { outcome } = await runMigrations(scene, to === undefined ? {} : { to });
  if (outcome !== 'done') throw new ProofFailed({ what: 'the run', expected: 'done', actual: outcome });
}

/** The catalog after that. @throws ProofFailed where the run does not succeed */
export async function catalogAfter(scene: Scene, to?: string): Promise<Catalog> {
  await migrated(scene, to);
  return await readCatalog(scene.sql, CATALOG_OPTIONS);
}

export function noDifference(what: string, expected: Catalog, actual: Catalog): Observation {
  const differences = diffCatalogs(expected, actual);
  const lines = differences.map(({ change, kind, identity }) => `${change} ${kind} ${identity}`);
  return { what, expected: 'no difference', actual: lines.join('; ') || 'no difference' };
}
