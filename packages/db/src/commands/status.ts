import { formatPlan, status } from '@app/migrator';
import { migrationsFolder } from '../migrations.ts';
import { databaseCommand, run } from './support/program.ts';
import { resolveTarget } from './support/target.ts';

const REFUSED = 3;

const command = databaseCommand(
  'status',
  'Says which migrations are applied and pending, and where folder and database disagree.',
);

await run(command, async () => {
  const target = await resolveTarget();
  const plan = await status({ folder: migrationsFolder, url: target.url, applicationName: 'db status' });
  if (command.opts<{ json?: true }>().json === true) console.log(JSON.stringify(plan, null, 2));
  else console.log(`Database: ${target.where}\n${formatPlan(plan)}`);
  if (plan.problems.some(({ severity }) => severity === 'error')) process.exitCode = REFUSED;
});
