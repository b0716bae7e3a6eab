import { type Connected, connected } from '../connected.ts';
import { currentPlan } from '../currentPlan.ts';
import { createLedger, recordSql } from '../db/ledger.ts';
import { MigratorError } from '../errors.ts';
import type { MigratorOptions } from '../options.ts';
import { assertRunnable, indexOfTag, type PlannedMigration } from '../plan.ts';
import type { Run } from '../run/context.ts';
import { commit } from '../run/transactional.ts';
import { fileProblems } from '../sql/fileProblems.ts';
import { underLock } from '../underLock.ts';
import { collectObjects } from './collect.ts';
import { findMissing } from './lookup.ts';
import type { ExpectedObject } from './objects.ts';

export interface BaselineOptions extends MigratorOptions {
  /** Tag of the last migration that the database has already. */
  to: string;
  /** Record although objects that the files create are missing. */
  allowMissing?: boolean;
}

export interface BaselineResult {
  /** Tags that were recorded, running none of their SQL. */
  recorded: readonly string[];
  /** Objects that the files create and the database lacks: empty unless `allowMissing`. */
  missing: readonly ExpectedObject[];
}

export async function baseline(options: BaselineOptions): Promise<BaselineResult> {
  return await connected(options, (at) => underLock(at, (run) => record(run, at, options)));
}

async function record(run: Run, at: Connected, options: BaselineOptions): Promise<BaselineResult> {
  const { plan, ledgerExists } = await currentPlan(at, { to: options.to, allowOutOfOrder: true });
  assertRunnable(plan.problems);
  const missing = await findMissing(run.session, await expectedObjects(at, options.to));
  if (missing.length > 0 && !options.allowMissing) throw mismatch(options.to, missing);
  if (!ledgerExists) await createLedger(run.session, run.settings);
  await insertAll(run, plan.pending);
  return { recorded: plan.pending.map((it) => it.tag), missing };
}

/** Of every file up to the tag, the recorded ones too: a later file may drop what an earlier one made. */
async function expectedObjects({ folder }: Connected, to: string): Promise<ExpectedObject[]> {
  const files: Parameters<typeof collectObjects>[0][number][] = [];
  for (const { tag } of folder.journal.slice(0, indexOfTag(folder.journal, to) + 1)) {
    const file = folder.files.find((it) => it.tag === tag);
    if (!file) continue;
    const { statements, problems } = await fileProblems(file);
    assertRunnable(problems.filter((it) => it.kind === 'syntax_error'));
    files.push({ tag, statements });
  }
  return collectObjects(files);
}

async function insertAll({ session, settings }: Run, migrations: readonly PlannedMigration[]): Promise<void> {
  if (migrations.length === 0) return;
  await session.run('begin');
  for (const migration of migrations) await session.run(recordSql(settings, migration));
  await commit(session);
}

function mismatch(to: string, missing: readonly ExpectedObject[]): MigratorError {
  const named = missing.slice(0, 5).map((it) => `${describeObject(it)} (${it.file})`);
  const more = missing.length > named.length ? ` and ${missing.length - named.length} more` : '';
  return new MigratorError(
    'BASELINE_MISMATCH',
    `Nothing was recorded: the database lacks what the files up to ${to} create: ${named.join(', ')}${more}.`,
    {
      missing: missing.map((it) => ({ object: describeObject(it), file: it.file })),
      hint: 'Give the tag of the last migration that the database really has, or create what is missing.',
    },
  );
}

function describeObject({ kind, schema, name, table }: ExpectedObject): string {
  const path = [schema, kind === 'index' ? undefined : table, name].filter(
    (part) => part !== null && part !== undefined,
  );
  return `${kind} ${path.join('.')}`;
}
