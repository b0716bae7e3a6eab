import type { Found } from '../currentPlan.ts';
import type { IndexState } from '../db/indexes.ts';
import { ledgerName } from '../db/ledger.ts';
import { forgetProgressSql } from '../db/progress.ts';
import { literal } from '../db/quote.ts';
import type { MigrationFile, MigrationFolder } from '../folder/folder.ts';
import { movedEntry } from '../ledgerProblems.ts';
import type { Settings } from '../options.ts';
import type { LedgerRow } from '../plan.ts';

/** One repair that can be made. */
export interface RepairAction {
  /** Names it for `only`, such as `accept-hash:0003_add_tracks` or `drop-index:public.idx_tracks_title`. */
  id: string;
  /** What will be done, and what it means, in one sentence. */
  description: string;
  /** The one statement that does it. */
  sql: string;
}

/** Every repair that folder, ledger and catalog call for. Making none of them is always safe. */
export function repairActions(
  settings: Settings,
  folder: MigrationFolder,
  found: Found,
  invalid: readonly IndexState[],
): RepairAction[] {
  const fileOf = new Map(folder.files.map((file) => [file.tag, file]));
  const seen = new Set<number | null>();
  const actions: RepairAction[] = [];
  for (const row of found.ledger) {
    const action = rowAction(settings, folder, fileOf, found.ledger, row, seen.has(row.createdAt));
    if (action) actions.push(action);
    seen.add(row.createdAt);
  }
  return [...actions, ...invalid.map(dropIndex)];
}

function rowAction(
  settings: Settings,
  { journal }: MigrationFolder,
  fileOf: ReadonlyMap<string, MigrationFile>,
  ledger: readonly LedgerRow[],
  row: LedgerRow,
  repeated: boolean,
): RepairAction | null {
  const table = ledgerName(settings);
  const entry = journal.find((it) => it.when === row.createdAt);
  if (entry && repeated) {
    return {
      id: `drop-row:${row.id}`,
      description: `Remove ledger row ${row.id}, which records ${entry.tag} once more.`,
      sql: `delete from ${table} where id = ${row.id}`,
    };
  }
  const file = entry && fileOf.get(entry.tag);
  if (file) return file.hash === row.hash ? null : acceptHash(table, file, row);
  if (entry) return null;
  const moved = movedEntry(row, journal, fileOf, ledger);
  if (moved) {
    return {
      id: `accept-when:${moved.tag}`,
      description: `Record ${moved.tag} under the journal's "when" ${moved.when} instead of ${row.createdAt}.`,
      sql: `update ${table} set created_at = ${moved.when} where id = ${row.id}`,
    };
  }
  // A row newer than the whole folder belongs to a newer version of the application: the folder is what is behind.
  if (row.createdAt !== null && row.createdAt > Math.max(...journal.map((it) => it.when))) return null;
  return {
    id: `forget-row:${row.id}`,
    description: `Forget ledger row ${row.id} (hash ${row.hash}, created_at ${row.createdAt}), whose file is not in the folder. Its effects stay in the database.`,
    sql: `delete from ${table} where id = ${row.id}`,
  };
}

function acceptHash(table: string, file: MigrationFile, row: LedgerRow): RepairAction {
  return {
    id: `accept-hash:${file.tag}`,
    description: `Record the present text of ${file.tag} as the one that was applied. It is not run: the database keeps what the former text did.`,
    sql: `update ${table} set hash = ${literal(file.hash)} where id = ${row.id}`,
  };
}

/** For a file that stopped half-way and was edited since: it will run from its start. */
export function forgetProgress(settings: Settings, tag: string, when: number, done: number): RepairAction {
  return {
    id: `forget-progress:${tag}`,
    description: `Forget that ${done} statements of ${tag} were finished: the file will run from its start, so each of them must bear being run again.`,
    sql: forgetProgressSql(settings, when),
  };
}

function dropIndex({ name, table }: IndexState): RepairAction {
  return {
    id: `drop-index:${name}`,
    description: `Drop the INVALID index ${name} of ${table}: it is written to, never read, and if unique lets duplicates in.`,
    sql: `drop index concurrently if exists ${name}`,
  };
}
