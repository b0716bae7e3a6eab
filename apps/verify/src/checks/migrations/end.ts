import { type Catalog, readCatalog } from '@app/catalog';
import type { Observation, OpenScene, Scene } from '../../check.ts';
import { ledger } from '../../sql/migration.ts';
import { contents, heldTables } from '../../sql/rows.ts';
import { CATALOG_OPTIONS, catalogAfter, noDifference } from '../migrated.ts';

/** What a run leaves behind. */
interface End {
  readonly catalog: Catalog;
  /** One line for each table. */
  readonly rows: readonly string[];
  readonly ledger: readonly string[];
}

const undisturbed = new WeakMap<OpenScene, Promise<End>>();

/** Where one run from the legacy state ends that nothing disturbs; made once for all checks. */
function undisturbedEnd({ beside }: Scene): Promise<End> {
  const known = undisturbed.get(beside) ?? undisturbedRun(beside);
  undisturbed.set(beside, known);
  return known;
}

async function undisturbedRun(beside: OpenScene): Promise<End> {
  await using scene = await beside('legacy');
  const catalog = await catalogAfter(scene);
  return { ...(await endOf(scene)), catalog };
}

async function endOf(scene: Scene): Promise<End> {
  const catalog = await readCatalog(scene.sql, CATALOG_OPTIONS);
  const tables = await heldTables(scene.superuser);
  const held = await contents(scene.superuser, tables);
  return { catalog, rows: tables.map(({ table }, index) => `${table}: ${held[index]}`), ledger: await ledger(scene) };
}

/** That the scene, which began in the legacy state, is now where an undisturbed run ends: catalog, rows and ledger. */
export async function endsUndisturbed(scene: Scene, what: string): Promise<Observation[]> {
  const [expected, actual] = [await undisturbedEnd(scene), await endOf(scene)];
  return [
    noDifference(`${what}: catalog`, expected.catalog, actual.catalog),
    { what: `${what}: rows`, expected: expected.rows.join('\n'), actual: actual.rows.join('\n') },
    { what: `${what}: ledger`, expected: expected.ledger.join('\n'), actual: actual.ledger.join('\n') },
  ];
}
