import { compareLedger, type Disagreement } from './compareLedger.ts';
import { type LedgerUpgrade, readLedger } from './db/ledger.ts';
import { readProgress } from './db/progress.ts';
import type { Migration } from './folder/migration.ts';
import { type Plan, type PlanOptions, type ProgressRow, plan, upTo } from './plan.ts';
import { type Problem, problem } from './problems.ts';
import type { Run } from './run/run.ts';
import type { ParsedFile } from './sql/fileProblems.ts';

/** A plan, and the data that it was computed from. */
export interface CurrentPlan {
  plan: Plan;
  /** The pending files, in order; empty where the files were not read. */
  files: readonly ParsedFile[];
  disagreements: readonly Disagreement[];
  /** What the ledger lacks in a project of drizzle 1.0; null where it lacks nothing. */
  upgrade: LedgerUpgrade | null;
}

/** Reads ledger and progress and compares them with the folder; then, unless `files` is false, parses the pending files. */
export async function currentPlan(run: Run, options: PlanOptions, { files: parse = true } = {}): Promise<CurrentPlan> {
  const { folder, server } = run;
  const ledger = await readLedger(run);
  const comparison = compareLedger(folder, ledger);
  const { disagreements, unnamed } = comparison;
  const base = plan(folder, ledger, options, comparison);
  const isOutdated = folder.layout === 'folders' && server.hasLedger && (!server.namedLedger || unnamed.length > 0);
  const found = { disagreements, upgrade: isOutdated ? { columns: !server.namedLedger, names: unnamed } : null };
  // The SQL parser is loaded only where something is pending.
  if (base.pending.length === 0 || !parse) return { ...found, plan: base, files: [] };
  const tags = new Set(base.pending.map(({ tag }) => tag));
  const pending = folder.migrations.filter(({ tag }) => tags.has(tag));
  const progress = server.hasLedger && pending.some(maySplit) ? await readProgress(run.session, run.settings) : [];
  const { files, problems } = await parseFiles(run, pending, { progress, history: options.history });
  const moved = progress.filter(({ tag }) => !folder.migrations.some((it) => it.tag === tag)).map(interruptedElsewhere);
  const prepared = new Map(files.map((it) => [it.migration.tag, it]));
  const refined = base.pending.map((it) => ({
    ...it,
    transaction: prepared.get(it.tag)?.transactional ?? it.transaction,
    statementsDone: prepared.get(it.tag)?.progress?.done.length ?? 0,
  }));
  const all = [...base.problems, ...problems, ...moved];
  return { ...found, files, plan: { ...base, pending: refined, problems: all } };
}

/** A project changed its layout while a file was half applied: under its new name the file would start over. */
function interruptedElsewhere({ tag, done }: ProgressRow): Problem {
  const message = `stopped after ${done.length} statements were committed, and is not in the folder under this name`;
  const remedy =
    'Finish it under its former name, or delete the progress with repair: the file then runs from its start.';
  return problem('partial_file_edited', tag, message, { remedy });
}

/** True where a file may be committed in more than one step, so that it may have stopped half-way. */
function maySplit({ noTransaction, text }: Migration): boolean {
  return noTransaction || /\b(commit|end)\b/i.test(text);
}

/** Parses migrations into steps, and finds the problems that a run has with them; up to the tag `history`, none of style. */
export async function parseFiles(
  { folder }: Pick<Run, 'folder'>,
  migrations: readonly Migration[],
  { progress = [], history }: { progress?: readonly ProgressRow[]; history?: string | undefined },
): Promise<{ files: ParsedFile[]; problems: Problem[] }> {
  const { problemsForRun, parseFile, searchPathEnds } = await import('./sql/fileProblems.ts');
  const past = new Set(upTo(folder, history));
  const files: ParsedFile[] = [];
  const problems: Problem[] = [];
  for (const migration of migrations) {
    const { when, tag } = migration;
    const row = progress.find((it) => it.when === when && it.tag === tag);
    const found = await parseFile(migration, row);
    files.push(found.file);
    problems.push(...problemsForRun(found.file, found.problems, past.has(migration)));
  }
  problems.push(...files.slice(0, -1).flatMap(searchPathEnds));
  return { files, problems };
}
