import { createInterface } from 'node:readline/promises';
import { MigratorError } from '../errors.ts';
import type { MigratorEvent } from '../events.ts';
import type { MigrateOptions, MigrateResult } from '../options.ts';
import { isError } from '../problems.ts';
import type { RepairAction } from '../repair.ts';
import type { Place, Target } from './target.ts';

// Each command loads what it needs at its start: a run with nothing to do is over in milliseconds.

const FAILED = 1;
const REFUSED = 3;

export interface Json {
  json?: true;
}

export interface PlanFlags extends Json {
  to?: string;
  allowOutOfOrder?: true;
  history?: string;
  statementTimeout?: Pick<MigrateOptions, 'statementTimeoutMs' | 'concurrentStatementTimeoutMs'>;
}

/** Runs `work` with the URL of an empty throwaway database, which is dropped afterwards. */
export type WithShadow = <T>(work: (url: string) => Promise<T>) => Promise<T>;

function planOptions({ target: _, ...place }: Place, flags: PlanFlags): MigrateOptions {
  return {
    ...place,
    ...(flags.to === undefined ? {} : { to: flags.to }),
    ...(flags.history === undefined ? {} : { history: flags.history }),
    ...(flags.allowOutOfOrder === undefined ? {} : { allowOutOfOrder: true }),
    ...flags.statementTimeout,
  };
}

function print(flags: Json, document: unknown, text: () => string): void {
  console.log(flags.json === true ? JSON.stringify(document, null, 2) : text());
}

export async function runMigrate(
  place: Place,
  flags: PlanFlags & { verbose?: true },
  beforeApplying: MigrateOptions['beforeApplying'],
): Promise<void> {
  const started = performance.now();
  const [{ migrate }, { formatEvent }] = await Promise.all([import('../migrate.ts'), import('../render/event.ts')]);
  const shown = (event: MigratorEvent) =>
    flags.json !== true && (flags.verbose === true || event.type !== 'statement-started');
  // Ctrl-C cancels the running statement on the server and rolls its file back, instead of leaving it to run on.
  const stop = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => stop.abort());
  const result = await migrate({
    ...planOptions(place, flags),
    ...(beforeApplying === undefined ? {} : { beforeApplying }),
    signal: stop.signal,
    onEvent: (event) => {
      const line = shown(event) ? formatEvent(event) : null;
      if (line !== null) console.error(line);
    },
  });
  const elapsedMs = Math.round(performance.now() - started);
  print(flags, { database: place.target.where, ...result, elapsedMs }, () => summary(place.target, result, elapsedMs));
}

function summary({ where, connect }: Target, { applied, appliedByOthers }: MigrateResult, elapsedMs: number): string {
  const lines = [`Database: ${where}`];
  if (applied.length === 0) {
    lines.push(appliedByOthers.length === 0 ? 'Nothing is pending.' : 'Another runner has applied what was pending.');
  } else {
    lines.push(`Applied in ${elapsedMs} ms:`);
    for (const { tag, elapsedMs: ms } of applied) lines.push(`  ${tag}  ${Math.round(ms)} ms`);
  }
  if (connect !== undefined) lines.push(`Connect:  ${connect}`);
  return lines.join('\n');
}

/** What a project adds to `status`. */
export interface StatusNotes {
  /** Fields of the JSON document. */
  fields: Record<string, unknown>;
  /** Printed on standard error. */
  warning?: string;
}

export async function runStatus(
  place: Place,
  flags: PlanFlags,
  notesOf?: (url: string) => Promise<StatusNotes>,
): Promise<void> {
  const [{ status }, { formatPlan }] = await Promise.all([import('../migrate.ts'), import('../render/plan.ts')]);
  const plan = await status(planOptions(place, flags));
  const notes = await notesOf?.(place.url);
  print(flags, { ...plan, ...notes?.fields }, () => `Database: ${place.target.where}\n${formatPlan(plan)}`);
  if (flags.json !== true && notes?.warning !== undefined) console.error(notes.warning);
  if (plan.problems.some(isError)) process.exitCode = REFUSED;
}

export async function runDryRun(
  place: Place,
  flags: PlanFlags & { shadowUrl?: string; inPlace?: true },
  withShadow: WithShadow | undefined,
): Promise<void> {
  const [{ dryRun }, { formatDryRun }] = await Promise.all([
    import('../dryRun/dryRun.ts'),
    import('../render/dryRun.ts'),
  ]);
  const options = planOptions(place, flags);
  const result = await (flags.inPlace === true
    ? dryRun(options)
    : onShadow(flags.shadowUrl, withShadow, (shadowUrl) => dryRun({ ...options, shadowUrl })));
  print(flags, result, () => formatDryRun(result));
}

async function onShadow<T>(
  given: string | undefined,
  withShadow: WithShadow | undefined,
  work: (url: string) => Promise<T>,
): Promise<T> {
  if (given !== undefined) return await work(given);
  if (withShadow !== undefined) return await withShadow(work);
  throw new MigratorError('BAD_OPTIONS', 'There is no throwaway server: give an empty database with --shadow-url.');
}

export async function runBaseline(
  place: Place,
  flags: Json & { to: string; allowDifferences?: true; shadowUrl?: string },
  withShadow: WithShadow | undefined,
): Promise<void> {
  const { baseline } = await import('../baseline.ts');
  const { to, allowDifferences } = flags;
  const { target, ...options } = place;
  const recordIt = (shadowUrl?: string) =>
    baseline({
      ...{ ...options, to },
      ...(shadowUrl === undefined ? {} : { shadowUrl }),
      ...(allowDifferences === undefined ? {} : { allowDifferences }),
    });
  const result = await (allowDifferences && flags.shadowUrl === undefined
    ? recordIt()
    : onShadow(flags.shadowUrl, withShadow, recordIt));
  print(flags, result, () => {
    const recorded = result.recorded.map((tag) => `  ${tag}`);
    const said =
      recorded.length === 0 ? ['The migrations are recorded already.'] : ['Recorded as applied:', ...recorded];
    return [`Database: ${target.where}`, ...said].join('\n');
  });
}

export async function runRepair(place: Place, flags: Json & { yes?: true; only?: string[] }): Promise<void> {
  const { repair } = await import('../repair.ts');
  const { target, ...options } = place;
  const confirm = flags.yes === true ? 'all' : ask;
  const result = await repair({ ...options, confirm, ...(flags.only === undefined ? {} : { only: flags.only }) });
  print(flags, result, () => {
    const lines = [
      ...result.made.map(({ id }) => `  settled   ${id}`),
      ...result.declined.map(({ id }) => `  left      ${id}`),
      ...result.overtaken.map(({ id }) => `  settled by others meanwhile  ${id}`),
    ];
    return [`Database: ${target.where}`, ...(lines.length === 0 ? ['Nothing to repair.'] : lines)].join('\n');
  });
  if (result.declined.length > 0) process.exitCode = REFUSED;
}

/** Throws BAD_OPTIONS where standard input is no terminal and --yes is absent. Called before the connection is opened. */
export function assertAnswerable({ yes }: { yes?: true }): void {
  if (yes === true || process.stdin.isTTY) return;
  throw new MigratorError(
    'BAD_OPTIONS',
    'Repairs need a confirmation, and standard input is not a terminal: --yes confirms those that --only names, or all.',
  );
}

async function ask({ id, description, sql }: RepairAction): Promise<boolean> {
  const terminal = createInterface({ input: process.stdin, output: process.stderr });
  try {
    const answer = await terminal.question(`${id}\n  ${description}\n  ${sql}\nDo it? [y/N] `);
    return /^y(es)?$/i.test(answer.trim());
  } finally {
    terminal.close();
  }
}

export async function runDoctor(folder: string, flags: Json & { history?: string }): Promise<void> {
  const [{ doctor }, { formatProblem }] = await Promise.all([import('../doctor.ts'), import('../render/problem.ts')]);
  const problems = await doctor(folder, flags.history === undefined ? {} : { history: flags.history });
  print(flags, { problems }, () => problems.map(formatProblem).join('\n') || 'No problem was found.');
  if (problems.some(isError)) process.exitCode = FAILED;
}
