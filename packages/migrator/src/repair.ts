import type { Disagreement } from './compareLedger.ts';
import { currentPlan, parseFiles } from './currentPlan.ts';
import { findInvalidIndexes, type IndexState } from './db/indexes.ts';
import { ledgerName } from './db/ledger.ts';
import { forgetProgressSql, readProgress } from './db/progress.ts';
import { literal } from './db/quote.ts';
import { MigratorError } from './errors.ts';
import type { MigratorOptions, Settings } from './options.ts';
import type { ProgressRow } from './plan.ts';
import type { Run } from './run/run.ts';
import { withTimeouts } from './run/step.ts';
import { becomeOnlyRunner, withConnection } from './withConnection.ts';

/** One repair that can be made. */
export interface RepairAction {
  /** Names it for `only`, such as `accept-hash:0003_add_tracks` or `drop-index:public.idx_tracks_title`. */
  id: string;
  /** What it does, and what that means. */
  description: string;
  /** The one statement that does it. */
  sql: string;
  /** True for a ledger row that nothing in the folder explains: another project may have written it. */
  foreign?: true;
}

export interface RepairOptions extends MigratorOptions {
  /**
   * Asked before each repair; only `true` makes it. `all` makes every one without asking, but deletes a foreign row of
   * the ledger only where `only` names it.
   */
  confirm: 'all' | ((action: RepairAction) => boolean | Promise<boolean>);
  /** Ids of the repairs to offer. Default: all. Throws BAD_OPTIONS for an id that does not apply. */
  only?: readonly string[] | undefined;
}

export interface RepairResult {
  made: readonly RepairAction[];
  declined: readonly RepairAction[];
  /** Confirmed, but no longer needed by then. */
  overtaken: readonly RepairAction[];
}

export async function repair(options: RepairOptions): Promise<RepairResult> {
  const { only, confirm } = options;
  const isConfirmed = confirm === 'all' ? ({ id, foreign }: RepairAction) => !foreign || only?.includes(id) : confirm;
  return await withConnection(options, async (run) => {
    await becomeOnlyRunner(run);
    const made: RepairAction[] = [];
    const declined: RepairAction[] = [];
    const overtaken: RepairAction[] = [];
    for (const action of selectActions(await findActions(run), only)) {
      if ((await isConfirmed(action)) !== true) declined.push(action);
      // Until a person answers, the state may change: an index may have become valid.
      else if (!(await findActions(run)).some((it) => it.id === action.id)) overtaken.push(action);
      else {
        const { lockRetryBudgetMs: lockMs, concurrentStatementTimeoutMs: statementMs } = run.settings;
        await withTimeouts(run, { lockMs, statementMs }, () => run.session.run(action.sql, run.settings.signal));
        made.push(action);
      }
    }
    return { made, declined, overtaken };
  });
}

/** Every repair that folder, ledger and catalog need. Making none of them is always safe. */
async function findActions(run: Run): Promise<RepairAction[]> {
  const { session, server, settings, folder } = run;
  const { disagreements } = await currentPlan(run, { allowOutOfOrder: true }, { files: false });
  const actions = disagreements.flatMap((it) => rowAction(run, it) ?? []);
  actions.push(...(await findInvalidIndexes(session)).map(dropIndex));
  for (const row of server.hasLedger ? await readProgress(session, settings) : []) {
    const migrations = folder.migrations.filter((it) => it.tag === row.tag);
    const { problems } = await parseFiles(run, migrations, { progress: [row] });
    const isEdited = problems.some((it) => it.kind === 'partial_file_edited');
    if (migrations.length === 0 || isEdited) actions.push(forgetProgress(settings, row));
  }
  return actions;
}

/** None for a row newer than the whole folder: a newer version of the application wrote it, and the folder is old. */
function rowAction(
  { settings, server }: Run,
  { problem: { kind }, row, migration }: Disagreement,
): RepairAction | undefined {
  const table = ledgerName(settings);
  const where = `where id = ${row.id}`;
  const { tag = '', when = 0, hash = '', name = '' } = migration ?? {};
  switch (kind) {
    case 'edited':
      return {
        id: `accept-hash:${tag}`,
        description: `Record the present text of ${tag} as the applied one. It is not run: the database keeps what the former text did.`,
        sql: `update ${table} set hash = ${literal(hash)} ${where}`,
      };
    case 'when_changed': {
      const [column, description] = server.namedLedger
        ? [`, name = ${literal(name)}`, ` and under the name ${name}`]
        : ['', ''];
      return {
        id: `accept-when:${tag}`,
        description: `Record ${tag} under the folder's "when" ${when} instead of ${row.createdAt}${description}.`,
        sql: `update ${table} set created_at = ${when}${column} ${where}`,
      };
    }
    case 'recorded_twice':
      return {
        id: `drop-row:${row.id}`,
        description: `Delete ledger row ${row.id}, which records ${tag} once more.`,
        sql: `delete from ${table} ${where}`,
      };
    case 'missing_from_folder':
      return {
        id: `forget-row:${row.id}`,
        description: `Delete ledger row ${row.id} (hash ${row.hash}, created_at ${row.createdAt}), whose file is not in the folder. The database keeps what the file did.`,
        sql: `delete from ${table} ${where}`,
        foreign: true,
      };
    default:
      return undefined;
  }
}

/** For a file that was interrupted and edited since. */
function forgetProgress(settings: Settings, { tag, when, done }: ProgressRow): RepairAction {
  return {
    id: `forget-progress:${tag}`,
    description: `Delete the record that ${done.length} statements of ${tag} are finished: the file will run from its start, so each of them must be idempotent.`,
    sql: forgetProgressSql(settings, when),
  };
}

function dropIndex({ name, table }: IndexState): RepairAction {
  return {
    id: `drop-index:${name}`,
    description: `Drop the INVALID index ${name} of ${table}: writes maintain it, no query uses it, and a unique one does not keep duplicates out.`,
    sql: `drop index concurrently if exists ${name}`,
  };
}

function selectActions(actions: readonly RepairAction[], only: readonly string[] | undefined): readonly RepairAction[] {
  if (only === undefined) return actions;
  const unknown = only.filter((id) => !actions.some((action) => action.id === id));
  if (unknown.length === 0) return actions.filter((action) => only.includes(action.id));
  const offered = actions.map((action) => action.id).join(', ') || 'none';
  throw new MigratorError('BAD_OPTIONS', `No such repair: ${unknown.join(', ')}. Those that apply here: ${offered}.`);
}
