import type { MigrateOptions, MigrateResult, MigratorEvent } from '@app/migrator';
// Where nothing is pending, nothing but this is loaded: that is what most runs of a deployment find.
import { status } from '@app/migrator/status';
import { migrationsFolder } from '../migrations.ts';
import { databaseCommand, run } from './support/program.ts';
import { withShadow } from './support/shadow.ts';
import { resolveTarget, type Target } from './support/target.ts';

const command = databaseCommand('migrate', 'Applies the pending migrations, one runner at a time.')
  .option('--to <tag>', 'stop after this migration')
  .option('--allow-out-of-order', 'apply a migration that is older than the newest applied one')
  .option('--dry-run', 'print the SQL that would run, and the locks it took on a throwaway server; change nothing')
  .option('--in-place', 'with --dry-run: try it on the database itself, in a transaction that is rolled back')
  .option(
    '--statement-timeout <seconds>',
    'end a statement after so long, in place of 30 s, or of 20 min for long ones of a no-transaction file',
  )
  .option('--verbose', 'print each statement as it starts');

interface Options {
  json?: true;
  to?: string;
  allowOutOfOrder?: true;
  dryRun?: true;
  inPlace?: true;
  statementTimeout?: string;
  verbose?: true;
}

await run(command, async () => {
  const given = command.opts<Options>();
  const target = await resolveTarget();
  const options: MigrateOptions = {
    folder: migrationsFolder,
    url: target.url,
    applicationName: 'db migrate',
    ...(given.to === undefined ? {} : { to: given.to }),
    ...(given.allowOutOfOrder === true ? { allowOutOfOrder: true } : {}),
    ...(given.statementTimeout === undefined ? {} : timeouts(given.statementTimeout)),
  };
  await (given.dryRun === true ? tryOut(options, given) : apply(options, given, target));
});

/** The runner refuses what is no whole number of milliseconds above 0. */
function timeouts(seconds: string): Pick<MigrateOptions, 'statementTimeoutMs' | 'concurrentStatementTimeoutMs'> {
  const ms = Math.round(Number(seconds) * 1_000);
  return { statementTimeoutMs: ms, concurrentStatementTimeoutMs: ms };
}

async function tryOut(options: MigrateOptions, { json, inPlace }: Options): Promise<void> {
  const { dryRun, formatDryRun } = await import('@app/migrator');
  const result = await (inPlace === true
    ? dryRun(options)
    : withShadow((shadowUrl) => dryRun({ ...options, shadowUrl })));
  console.log(json === true ? JSON.stringify(result, null, 2) : formatDryRun(result));
}

async function apply(options: MigrateOptions, { json, verbose }: Options, target: Target): Promise<void> {
  const started = performance.now();
  const { pending, problems } = await status(options);
  const idle = pending.length === 0 && problems.length === 0;
  const shown = (event: MigratorEvent) => json !== true && (verbose === true || event.type !== 'statement-started');
  const result = idle ? { applied: [], appliedByOthers: [] } : await applyPending(options, shown);
  const elapsedMs = Math.round(performance.now() - started);
  if (json === true) console.log(JSON.stringify({ database: target.where, ...result, elapsedMs }, null, 2));
  else console.log(summary(target, result, elapsedMs));
}

async function applyPending(options: MigrateOptions, shown: (event: MigratorEvent) => boolean): Promise<MigrateResult> {
  const [{ formatEvent, migrate }, { assertRequirements }] = await Promise.all([
    import('@app/migrator'),
    import('../requirements.ts'),
  ]);
  await assertRequirements(options.url);
  // Ctrl-C cancels the running statement on the server and rolls its file back, instead of leaving it to run on.
  const stop = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => stop.abort());
  return migrate({
    ...options,
    signal: stop.signal,
    onEvent: (event) => {
      const line = shown(event) ? formatEvent(event) : null;
      if (line !== null) console.error(line);
    },
  });
}

function summary(target: Target, { applied, appliedByOthers }: MigrateResult, elapsedMs: number): string {
  const lines = [`Database: ${target.where}`];
  if (applied.length === 0) {
    lines.push(appliedByOthers.length === 0 ? 'Nothing is pending.' : 'Another runner has applied what was pending.');
  } else {
    lines.push(`Applied in ${elapsedMs} ms:`);
    for (const { tag, elapsedMs: ms } of applied) lines.push(`  ${tag}  ${Math.round(ms)} ms`);
  }
  lines.push(`Connect:  ${target.connect}`);
  return lines.join('\n');
}
