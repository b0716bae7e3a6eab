import { formatPlan, status } from '@app/migrator';
import { ApplyError, applyScript, applySqlObjects, objectsToApply } from '../applySqlObjects.ts';
import { migrationsFolder } from '../migrations.ts';
import { databaseCommand, run } from './support/program.ts';
import { resolveTarget } from './support/target.ts';

const REFUSED = 3;
const EXIT_CODE = { STATEMENT_FAILED: 1, LOCK_TIMEOUT: 4 } as const;

const command = databaseCommand(
  'sql-objects:apply',
  'Creates all functions, triggers, policies and grants of the source again, in one transaction: after a restore or a move.',
).option('--dry-run', 'print the SQL that would run; change nothing');

await run(command, async () => {
  const { json = false, dryRun = false } = command.opts<{ json?: true; dryRun?: true }>();
  const names = objectsToApply().map(({ name }) => name);
  if (dryRun) {
    console.log(json ? JSON.stringify({ objects: names, sql: applyScript() }, null, 2) : applyScript());
    return;
  }
  const target = await resolveTarget();
  const plan = await status({ folder: migrationsFolder, url: target.url, applicationName: 'db sql-objects:apply' });
  if (plan.pending.length > 0 || plan.problems.some(({ severity }) => severity === 'error')) {
    const message =
      'the SQL objects belong to the newest migration, which the database does not have: run migrate first';
    console.error(`${formatPlan(plan)}\nerror: ${message}`);
    if (json) console.log(JSON.stringify({ error: { code: 'REFUSED', message } }, null, 2));
    process.exitCode = REFUSED;
    return;
  }
  try {
    await applySqlObjects(target.url, (attempt) =>
      console.error(`waiting for locks on the tables, attempt ${attempt}`),
    );
    if (json) console.log(JSON.stringify({ database: target.where, objects: names }, null, 2));
    else
      console.log(
        `Database: ${target.where}\nCreated again: ${names.length} functions, triggers, policies and grants.`,
      );
  } catch (error) {
    if (!(error instanceof ApplyError)) throw error;
    const { code, message } = error;
    console.error(`error: ${message}`);
    if (json) console.log(JSON.stringify({ error: { code, message } }, null, 2));
    process.exitCode = EXIT_CODE[code];
  }
});
