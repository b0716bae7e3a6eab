import { type Connected, connected } from '../connected.ts';
import { currentPlan, type Found } from '../currentPlan.ts';
import { findInvalidIndexes } from '../db/indexes.ts';
import { readProgress } from '../db/progress.ts';
import { MigratorError } from '../errors.ts';
import type { MigratorOptions } from '../options.ts';
import type { Run } from '../run/context.ts';
import { withTimeouts } from '../run/timeouts.ts';
import { fileProblems } from '../sql/fileProblems.ts';
import { underLock } from '../underLock.ts';
import { forgetProgress, type RepairAction, repairActions } from './actions.ts';

export interface RepairOptions extends MigratorOptions {
  /** Asked before each repair; only a `true` makes it. */
  confirm: (action: RepairAction) => boolean | Promise<boolean>;
  /** Ids of the repairs to offer. Default: every one found. Throws BAD_OPTIONS for an id that is not among them. */
  only?: readonly string[];
}

export interface RepairResult {
  made: readonly RepairAction[];
  declined: readonly RepairAction[];
  /** Confirmed, but no longer called for by then. */
  overtaken: readonly RepairAction[];
}

export async function repair(options: RepairOptions): Promise<RepairResult> {
  return await connected(options, (at) => underLock(at, (run) => offerAll(run, at, options)));
}

async function offerAll(run: Run, at: Connected, options: RepairOptions): Promise<RepairResult> {
  const actions = choose(await findActions(run, at), options.only);
  const made: RepairAction[] = [];
  const declined: RepairAction[] = [];
  const overtaken: RepairAction[] = [];
  for (const action of actions) {
    if ((await options.confirm(action)) !== true) {
      declined.push(action);
      continue;
    }
    // While a person thought it over, others may have settled it: an index may have become usable.
    if (!(await findActions(run, at)).some((it) => it.id === action.id)) {
      overtaken.push(action);
      continue;
    }
    const { lockRetryBudgetMs: lockMs, concurrentStatementTimeoutMs: statementMs } = run.settings;
    await withTimeouts(run, { lockMs, statementMs }, () => run.session.run(action.sql, run.settings.signal));
    made.push(action);
  }
  return { made, declined, overtaken };
}

async function findActions(run: Run, at: Connected): Promise<RepairAction[]> {
  const found = await currentPlan(at, { allowOutOfOrder: true });
  const actions = repairActions(run.settings, at.folder, found, await findInvalidIndexes(run.session));
  return [...actions, ...(await progressActions(run, at, found))];
}

async function progressActions(
  { session, settings }: Run,
  { folder }: Connected,
  found: Found,
): Promise<RepairAction[]> {
  if (!found.ledgerExists) return [];
  const actions: RepairAction[] = [];
  for (const row of await readProgress(session, settings)) {
    const file = folder.files.find((it) => it.tag === row.tag);
    const edited = file && (await fileProblems(file, row)).problems.some((it) => it.kind === 'partial_file_edited');
    if (!file || edited) actions.push(forgetProgress(settings, row.tag, row.when, row.done.length));
  }
  return actions;
}

function choose(actions: readonly RepairAction[], only: readonly string[] | undefined): readonly RepairAction[] {
  if (only === undefined) return actions;
  const unknown = only.filter((id) => !actions.some((action) => action.id === id));
  if (unknown.length > 0) {
    const offered = actions.map((action) => action.id).join(', ') || 'none';
    throw new MigratorError('BAD_OPTIONS', `No such repair: ${unknown.join(', ')}. Those that apply here: ${offered}.`);
  }
  return actions.filter((action) => only.includes(action.id));
}
