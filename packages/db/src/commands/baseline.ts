import { baseline } from '@app/migrator';
import { migrationsFolder } from '../migrations.ts';
import { databaseCommand, run } from './support/program.ts';
import { resolveTarget } from './support/target.ts';

const command = databaseCommand(
  'baseline',
  'Records the migrations up to a tag as applied, running none of them, on a database that has what they create.',
)
  .requiredOption('--to <tag>', 'the last migration that the database has already')
  .option('--allow-missing', 'record them although objects that they create are missing');

await run(command, async () => {
  const { to, allowMissing, json } = command.opts<{ to: string; allowMissing?: true; json?: true }>();
  const target = await resolveTarget();
  const result = await baseline({
    folder: migrationsFolder,
    url: target.url,
    applicationName: 'db baseline',
    to,
    ...(allowMissing === true ? { allowMissing } : {}),
  });
  if (json === true) console.log(JSON.stringify(result, null, 2));
  else console.log([`Database: ${target.where}`, ...lines(result.recorded)].join('\n'));
});

function lines(recorded: readonly string[]): string[] {
  if (recorded.length === 0) return ['They are recorded already.'];
  return ['Recorded as applied:', ...recorded.map((tag) => `  ${tag}`)];
}
