import { formatPlan, status } from '@app/migrator';
import { DistributeRefused, type Distribution, distribute, StepFailed } from '../distributed/distribute.ts';
import { STEPS } from '../distributed/profile.ts';
import { migrationsFolder } from '../migrations.ts';
import { databaseCommand, run } from './support/program.ts';
import { resolveTarget } from './support/target.ts';

const REFUSED = 3;
const FOUND = 1;

const command = databaseCommand(
  'distribute',
  'Turns a migrated coordinator of Citus into a distributed database, or goes on where an earlier run stopped.\n' +
    'Run it again after each migrate and each citus_add_node: what is done is left alone, and rights are said again on every node.',
)
  .option('--dry-run', 'print the steps and their SQL; change nothing')
  .option('--check', 'print what is missing, and where a worker differs from the coordinator; change nothing')
  .addHelpText('after', '1 a statement failed, or --check found something.');

await run(command, async () => {
  const { json = false, dryRun = false, check = false } = command.opts<{ json?: true; dryRun?: true; check?: true }>();
  const target = await resolveTarget();
  const plan = await status({ folder: migrationsFolder, url: target.url, applicationName: 'db distribute' });
  if (plan.pending.length > 0 || plan.problems.some(({ severity }) => severity === 'error')) {
    console.error(formatPlan(plan));
    return refuse(
      json,
      'PENDING_MIGRATIONS',
      'a migrated database is distributed, and this one is not: run migrate first',
    );
  }
  try {
    const onStep = (name: string) => console.error(`${name} …`);
    const result = await distribute(target.url, { change: !(dryRun || check), onStep });
    const { refusal, ...rest } = result;
    if (json) {
      const error = refusal && { code: refusal.code, message: refusal.message };
      console.log(JSON.stringify({ database: target.where, ...rest, ...(error && { error }) }, null, 2));
    } else {
      console.log(`Database: ${target.where}\n${textOf(result, { change: !(dryRun || check), sql: dryRun })}`);
      if (refusal !== undefined) console.error(`error: ${refusal.message}`);
    }
    if (refusal !== undefined) process.exitCode = REFUSED;
    else if (result.differences.length > 0 || (check && result.steps.length > 0)) process.exitCode = FOUND;
  } catch (error) {
    if (error instanceof DistributeRefused) return refuse(json, error.code, error.message);
    if (!(error instanceof StepFailed)) throw error;
    refuse(json, error.code, error.message, FOUND);
  }
});

function refuse(json: boolean, code: string, message: string, exitCode = REFUSED): void {
  console.error(`error: ${message}`);
  if (json) console.log(JSON.stringify({ error: { code, message } }, null, 2));
  process.exitCode = exitCode;
}

function textOf(
  { steps, done, differences }: Distribution,
  { change, sql }: { change: boolean; sql: boolean },
): string {
  const halfway =
    done > 0 && done < STEPS.length ? [`Half distributed: ${done} of ${STEPS.length} steps were done before.`] : [];
  const listed = steps.flatMap(({ name, statements }) => [
    `${change ? 'Done' : 'To do'}: ${name}`,
    ...(sql ? statements.map((statement) => `${statement.replace(/;?$/, ';')}`) : []),
  ]);
  const nodes = differences.map(
    ({ node, object, expected = '(not there)', actual = '(not there)' }) =>
      `Differs on ${node}: ${object}\n  coordinator: ${expected}\n  node: ${actual}`,
  );
  const nothing = steps.length === 0 && differences.length === 0 ? ['Nothing to do.'] : [];
  return [...halfway, ...listed, ...nothing, ...nodes].join('\n');
}
