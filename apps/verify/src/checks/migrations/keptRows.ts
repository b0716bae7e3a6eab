import type { Observation, Scene } from '../../check.ts';
import { contents, heldTables } from '../../sql/rows.ts';
import { migrated } from '../migrated.ts';

/** Migrates, and says of every table that was there what it held before, and holds. @throws ProofFailed where the run does not succeed */
export async function keptRows(scene: Scene): Promise<Observation[]> {
  const tables = await heldTables(scene.superuser);
  const before = await contents(scene.superuser, tables);
  await migrated(scene);
  const after = await contents(scene.superuser, tables);
  return tables.map(({ table }, n) => ({ what: table, expected: before[n] ?? '', actual: after[n] ?? '' }));
}
