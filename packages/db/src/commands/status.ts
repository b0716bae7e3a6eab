import { formatPlan, status } from '@app/migrator';
import postgres from 'postgres';
import { formatSurplus, type Right, surplusRights } from '../clientRights.ts';
import { functionsFolder, migrationsFolder } from '../migrations.ts';
import { readSqlObjects } from '../sqlObjects.ts';
import { databaseCommand, run } from './support/program.ts';
import { resolveTarget } from './support/target.ts';

const REFUSED = 3;

const command = databaseCommand(
  'status',
  'Says which migrations are applied and pending, where folder and database disagree, and which rights clients hold too many.',
);

await run(command, async () => {
  const target = await resolveTarget();
  const plan = await status({ folder: migrationsFolder, url: target.url, applicationName: 'db status' });
  const surplus = await surplusAt(target.url);
  if (command.opts<{ json?: true }>().json === true)
    console.log(JSON.stringify({ ...plan, surplusRights: surplus }, null, 2));
  else {
    console.log(`Database: ${target.where}\n${formatPlan(plan)}`);
    if (surplus.length > 0) console.error(formatSurplus(surplus));
  }
  if (plan.problems.some(({ severity }) => severity === 'error')) process.exitCode = REFUSED;
});

async function surplusAt(url: string): Promise<readonly Right[]> {
  const sql = postgres(url, { max: 1, connect_timeout: 10, prepare: false, onnotice: () => undefined });
  try {
    return await surplusRights(sql, readSqlObjects(functionsFolder));
  } finally {
    await sql.end({ timeout: 5 });
  }
}
