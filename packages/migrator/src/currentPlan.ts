import { compareLedger, type Disagreement, type LedgerRow } from './compareLedger.ts';
import { readLedger } from './db/ledger.ts';
import { readProgress } from './db/progress.ts';
import type { Migration } from './folder/migration.ts';
import { type Plan, type PlanOptions, type ProgressRow, plan, upTo } from './plan.ts';
import { type Problem, problem } from './problems.ts';
import type { Run } from './run/run.ts';
import type { PreparedFile } from './sql/fileProblems.ts';

/** The plan of a moment, with what it was made from. */
export interface Found {
  plan: Plan;
  /** The pending files, as far as they can be read. */
  files: readonly PreparedFile[];
  ledgerExists: boolean;
  /** Rows that drizzle 1.0 would have a name for, in a project of its layout; without it, it would apply their files again. */
  unnamed: ReturnType<typeof compareLedger>['unnamed'];
  /** True where the ledger has not yet the columns of drizzle 1.0, in a project of its layout. */
  outdated: boolean;
  ledger: readonly LedgerRow[];
  progress: readonly ProgressRow[];
  disagreements: readonly Disagreement[];
  /** True where this is the only runner from the moment of the plan on. */
  locked: boolean;
}

/**
 * Reads ledger, progress and, unless `files` is false, pending files. With `lock` the runners' lock is taken on the way
 * where it is free.
 */
export async function currentPlan(
  run: Run,
  options: PlanOptions,
  { lock = false, files: parse = true } = {},
): Promise<Found> {
  const { folder } = run;
  const { ledger, locked } = await readLedger(run, lock);
  const first = plan(folder, ledger ?? [], options);
  const wanted = new Set(first.pending.map(({ when, tag }) => `${when} ${tag}`));
  const pending = folder.migrations.filter(({ when, tag }) => wanted.has(`${when} ${tag}`));
  const progress = ledger && pending.some(maySplit) ? await readProgress(run.session, run.settings) : [];
  const isNew = folder.layout === 'folders';
  const { disagreements, unnamed } = compareLedger(folder, ledger ?? []);
  const found = {
    ...{ ledgerExists: ledger !== undefined, ledger: ledger ?? [], progress, locked },
    disagreements,
    unnamed: isNew ? unnamed : [],
    outdated: isNew && ledger !== undefined && !run.ledger.named,
  };
  // The SQL parser is loaded only where something is pending.
  if (pending.length === 0 || !parse) return { ...found, plan: first, files: [] };
  const { files, problems } = await prepareAll(run, pending, { progress, history: options.history });
  const moved = progress.filter(({ tag }) => !folder.migrations.some((it) => it.tag === tag)).map(interruptedElsewhere);
  const wholes = new Map(files.map((it) => [it.migration, it.whole]));
  const refined = first.pending.map((it, index) => ({
    ...it,
    transaction: wholes.get(pending[index] as Migration) ?? it.transaction,
    statementsDone: progress.find((row) => row.when === it.when && row.tag === it.tag)?.done.length ?? 0,
  }));
  return {
    ...found,
    files,
    plan: { ...first, pending: refined, problems: [...first.problems, ...problems, ...moved] },
  };
}

/** Of a project that changed its layout half-way: under the new name the file would run from its start. */
function interruptedElsewhere({ tag, done }: ProgressRow): Problem {
  const message = `stopped after ${done.length} statements were committed, and is not in the folder under this name`;
  const remedy =
    'Finish it under its former name, or forget the progress with repair: the file then runs from its start.';
  return problem('partial_file_edited', tag, message, { remedy });
}

/** True where a file may be committed in more than one step, so that it may have stopped half-way. */
function maySplit({ noTransaction, text }: Migration): boolean {
  return noTransaction || /\b(commit|end)\b/i.test(text);
}

/** Reads migrations into steps, with the problems that a run has with them: none of style up to the tag `history`. */
export async function prepareAll(
  { folder }: Pick<Run, 'folder'>,
  migrations: readonly Migration[],
  { progress = [], history }: { progress?: readonly ProgressRow[]; history?: string | undefined },
): Promise<{ files: PreparedFile[]; problems: Problem[] }> {
  const { judgeForRun, prepare, searchPathEnds } = await import('./sql/fileProblems.ts');
  const past = new Set(upTo(folder, history));
  const files: PreparedFile[] = [];
  const problems: Problem[] = [];
  for (const migration of migrations) {
    const found = await prepare(
      migration,
      progress.find(({ when, tag }) => when === migration.when && tag === migration.tag),
    );
    files.push(found.file);
    problems.push(...judgeForRun(found.file, found.problems, past.has(migration)));
  }
  problems.push(...files.slice(0, -1).flatMap(searchPathEnds));
  return { files, problems };
}
