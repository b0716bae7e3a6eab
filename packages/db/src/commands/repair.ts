import { createInterface } from 'node:readline/promises';
import { type RepairAction, repair } from '@app/migrator';
import { migrationsFolder } from '../migrations.ts';
import { databaseCommand, run } from './support/program.ts';
import { resolveTarget } from './support/target.ts';

const REFUSED = 3;

const command = databaseCommand('repair', 'Offers, one by one, to settle where folder and database disagree.')
  .option('--yes', 'settle all that is found, or all that --only names, without asking')
  .option('--only <id...>', 'offer these repairs alone');

interface Options {
  json?: true;
  yes?: true;
  only?: string[];
}

await run(command, async () => {
  const { json, yes, only } = command.opts<Options>();
  if (yes !== true && !process.stdin.isTTY) {
    console.error('error: nobody is there to be asked; --yes settles what --only names, or all that is found');
    process.exitCode = 2;
    return;
  }
  const target = await resolveTarget();
  const result = await repair({
    folder: migrationsFolder,
    url: target.url,
    applicationName: 'db repair',
    confirm: yes === true ? () => true : ask,
    ...(only === undefined ? {} : { only }),
  });
  if (json === true) console.log(JSON.stringify(result, null, 2));
  else {
    console.log(`Database: ${target.where}`);
    for (const { id } of result.made) console.log(`  settled   ${id}`);
    for (const { id } of result.declined) console.log(`  left      ${id}`);
    for (const { id } of result.overtaken) console.log(`  settled by others meanwhile  ${id}`);
    if (result.made.length + result.declined.length + result.overtaken.length === 0) console.log('Nothing to repair.');
  }
  if (result.declined.length > 0) process.exitCode = REFUSED;
});

async function ask({ id, description, sql }: RepairAction): Promise<boolean> {
  const terminal = createInterface({ input: process.stdin, output: process.stderr });
  try {
    const answer = await terminal.question(`${id}\n  ${description}\n  ${sql}\nDo it? [y/N] `);
    return /^y(es)?$/i.test(answer.trim());
  } finally {
    terminal.close();
  }
}
