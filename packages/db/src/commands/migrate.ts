import { formatEvent, type MigrateResult, migrate, status } from '@app/migrator';
import { migrationsFolder } from '../migrations.ts';
import { assertRequirements } from '../requirements.ts';
import { databaseCommand, run } from './support/program.ts';
import { resolveTarget, type Target } from './support/target.ts';

const command = databaseCommand('migrate', 'Applies the pending migrations, one runner at a time.')
  .option('--to <tag>', 'stop after this migration')
  .option('--allow-out-of-order', 'apply a migration that is older than the newest applied one')
  .option('--verbose', 'print each statement as it starts');

interface Options {
  json?: true;
  to?: string;
  allowOutOfOrder?: true;
  verbose?: true;
}

await run(command, async () => {
  const { json, to, allowOutOfOrder, verbose } = command.opts<Options>();
  const started = performance.now();
  const target = await resolveTarget();
  const where = { folder: migrationsFolder, url: target.url, applicationName: 'db migrate' };
  const plan = await status(where);
  if (plan.pending.length > 0) await assertRequirements(target.url);
  const result = await migrate({
    ...where,
    ...(to === undefined ? {} : { to }),
    ...(allowOutOfOrder === true ? { allowOutOfOrder } : {}),
    onEvent: (event) => {
      const shown = json !== true && (verbose === true || event.type !== 'statement-started');
      const line = shown ? formatEvent(event) : null;
      if (line !== null) console.error(line);
    },
  });
  const elapsedMs = Math.round(performance.now() - started);
  if (json === true) console.log(JSON.stringify({ database: target.where, ...result, elapsedMs }, null, 2));
  else console.log(summary(target, result, elapsedMs));
});

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
