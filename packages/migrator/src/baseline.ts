import { type Catalog, type CatalogObject, diffCatalogs, objectKey, readCatalog } from '@app/catalog';
import { currentPlan } from './currentPlan.ts';
import { createLedger, recordSql, upgradeLedger } from './db/ledger.ts';
import { MigratorError } from './errors.ts';
import type { MigratorOptions } from './options.ts';
import { assertRunnable, upTo } from './plan.ts';
import type { Run } from './run/run.ts';
import { commit } from './run/step.ts';
import { buildHistory, withShadow } from './shadow.ts';
import { becomeOnlyRunner, withConnection } from './withConnection.ts';

export interface BaselineOptions extends MigratorOptions {
  /** Tag of the last migration that the database has already. */
  to: string;
  /**
   * An empty throwaway database, in which the migrations up to the tag are really run for comparison. Without it nothing is
   * compared, which `allowDifferences` must permit.
   */
  shadowUrl?: string | undefined;
  /** Record although the database differs from what the migrations create. */
  allowDifferences?: boolean | undefined;
}

/** An object that the migrations create and that the database lacks or has with another definition. */
export interface BaselineDifference {
  /** Kind and name, such as `column public.songs.title`. */
  object: string;
  change: 'missing' | 'changed';
  expected: string;
  /** Absent where the object is missing. */
  actual?: string;
}

export interface BaselineResult {
  /** Tags that were recorded, running none of their SQL. */
  recorded: readonly string[];
  /** Empty unless `allowDifferences`. */
  differences: readonly BaselineDifference[];
}

export async function baseline(options: BaselineOptions): Promise<BaselineResult> {
  const { to, shadowUrl, allowDifferences = false } = options;
  if (shadowUrl === undefined && !allowDifferences)
    throw new MigratorError('BAD_OPTIONS', 'A baseline needs a shadow database to compare with, or allowDifferences.');
  return await withConnection(options, async (run) => {
    await becomeOnlyRunner(run);
    const upToTag = { to, allowOutOfOrder: true, history: to };
    const { plan, upgrade } = await currentPlan(run, upToTag, { files: false });
    assertRunnable(plan.problems);
    const differences = shadowUrl === undefined ? [] : await compare(run, { ...options, url: shadowUrl });
    if (differences.length > 0 && !allowDifferences) throw mismatch(to, differences);
    const { session } = run;
    await session.run('begin');
    if (!run.server.hasLedger) await createLedger(run);
    if (upgrade) await upgradeLedger(run, upgrade);
    const pending = new Set(plan.pending.map(({ tag }) => tag));
    for (const migration of run.folder.migrations.filter(({ tag }) => pending.has(tag)))
      await session.run(recordSql(run, migration));
    await commit(session);
    return { recorded: plan.pending.map((it) => it.tag), differences };
  });
}

/** Grants and comments differ by platform, and no later migration depends on them. */
const uncompared: readonly CatalogObject['kind'][] = ['grant', 'default privilege', 'comment'];

/** Runs the migrations in a shadow database, and compares the objects that they create there with those of the real one. */
async function compare(run: Run, options: BaselineOptions): Promise<BaselineDifference[]> {
  return await withShadow(options, run, async (shadow) => {
    const before = await read(shadow);
    await buildHistory(shadow, upTo(run.folder, options.to));
    const former = new Map(before.objects.map((object) => [objectKey(object), object.definition]));
    const objects = (await read(shadow)).objects.filter(
      (it) => !uncompared.includes(it.kind) && former.get(objectKey(it)) !== it.definition,
    );
    const found = diffCatalogs({ objects }, await read(run), { ignoreOwners: true, acrossVersions: true });
    return found.flatMap(({ kind, identity, change, expected = '', actual }): BaselineDifference[] => {
      // The server determines the version of an extension.
      if (change === 'extra' || (kind === 'extension' && change === 'changed')) return [];
      return [{ object: `${kind} ${identity}`, change, expected, ...(actual === undefined ? {} : { actual }) }];
    });
  });
}

async function read({ session, settings }: Run): Promise<Catalog> {
  return await readCatalog(session.driver, { statementTimeoutMs: settings.statementTimeoutMs });
}

function mismatch(to: string, differences: readonly BaselineDifference[]): MigratorError {
  const named = differences.slice(0, 5).map(({ object, change }) => `${object} is ${change}`);
  const more = differences.length > named.length ? ` and ${differences.length - named.length} more` : '';
  const message = `Nothing was recorded: the database differs from what the files up to ${to} create: ${named.join(', ')}${more}.`;
  const hint =
    'Give the tag of the last migration that the database really has, or change the database to what is expected.';
  return new MigratorError('BASELINE_MISMATCH', message, { differences, hint });
}
