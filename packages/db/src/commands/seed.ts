import { createDatabase } from '../client.ts';
import { isDatabaseError } from '../errors.ts';
import { SeedRefused, seedDatabase } from '../seed/seedDatabase.ts';
import { databaseCommand, run } from './support/program.ts';
import { resolveTarget } from './support/target.ts';

const command = databaseCommand('seed', 'Fills a development database with a small library, users and uploads.').option(
  '--force',
  'also a database that is not empty (its rows stay) or not on this machine',
);

interface Options {
  json?: true;
  force?: true;
}

await run(command, async () => {
  const { json, force } = command.opts<Options>();
  const target = await resolveTarget();
  const database = createDatabase({ url: target.url, applicationName: 'db seed', maxConnections: 1 });
  try {
    const seeded = await seedDatabase(database, target.url, { force: force === true });
    const { users, tracks, uploads } = seeded;
    if (json === true) console.log(JSON.stringify({ database: target.where, ...seeded }, null, 2));
    else console.log(`Database: ${target.where}\nAdded ${users} users, ${tracks} tracks, ${uploads} uploads.`);
  } catch (error) {
    if (error instanceof SeedRefused) fail(error, json === true, 3);
    else if (isDatabaseError(error)) fail(error, json === true, 2);
    else throw error;
  } finally {
    await database.close();
  }
});

function fail({ code, message }: { code: string; message: string }, json: boolean, exitCode: number): void {
  if (json) console.log(JSON.stringify({ error: { code, message } }, null, 2));
  else console.error(`error: ${message}`);
  process.exitCode = exitCode;
}
