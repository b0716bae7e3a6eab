import { type Catalog, readCatalog } from '@app/catalog';
import type { Observation, OpenScene, Scene } from '../../check.ts';
import { ledger, type MigrationRun, runMigrations } from '../../sql/migration.ts';
import { contents, heldTables } from '../../sql/rows.ts';
import { CATALOG_OPTIONS, noDifference } from '../migrated.ts';
import { keptRows } from './keptRows.ts';

/** What a run leaves behind. */
interface End {
  readonly catalog: Catalog;
  /** One line for each table. */
  readonly rows: readonly string[];
  readonly ledger: readonly string[];
}

/** One run from the legacy state that nothing disturbs. */
interface Undisturbed extends End {
  readonly kept: readonly Observation[];
  /** A second run, and where that ends. */
  readonly again: MigrationRun & End;
}

const undisturbed = new WeakMap<OpenScene, Promise<Undisturbed>>();

/** Made once for all checks. @throws ProofFailed where the run does not succeed */
export function undisturbedRun({ beside }: Scene): Promise<Undisturbed> {
  const known = undisturbed.get(beside) ?? runUndisturbed(beside);
  undisturbed.set(beside, known);
  return known;
}

async function runUndisturbed(beside: OpenScene): Promise<Undisturbed> {
  await using scene = await beside('legacy');
  const kept = await keptRows(scene);
  const end = await endOf(scene);
  const again = await runMigrations(scene);
  return { ...end, kept, again: { ...again, ...(await endOf(scene)) } };
}

async function endOf(scene: Scene): Promise<End> {
  const catalog = await readCatalog(scene.sql, CATALOG_OPTIONS);
  const tables = await heldTables(scene.superuser);
  const held = await contents(scene.superuser, tables);
  return { catalog, rows: tables.map(({ table }, index) => `${table}: ${held[index]}`), ledger: await ledger(scene) };
}

/** That the scene, which began in the legacy state, is now where an undisturbed run ends: catalog, rows and ledger. */
export async function endsUndisturbed(scene: Scene, what: string): Promise<Observation[]> {
  const [expected, actual] = [await undisturbedRun(scene), await endOf(scene)];
  return [
    noDifference(`${what}: catalog`, expected.catalog, actual.catalog),
    { what: `${what}: rows`, expected: expected.rows.join('\n'), actual: actual.rows.join('\n') },
    { what: `${what}: ledger`, expected: expected.ledger.join('\n'), actual: actual.ledger.join('\n') },
  ];
}
