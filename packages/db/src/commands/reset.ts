import { migrate } from '@app/migrator';
import { MigratorError } from '@app/migrator/commands';
import postgres from 'postgres';
import { createDatabase } from '../client.ts';
import { env } from '../env.ts';
import { migrationsFolder } from '../migrations.ts';
import { dropEverything } from '../seed/dropEverything.ts';
import { seedDatabase } from '../seed/seedDatabase.ts';
import { databaseCommand, run } from './support/program.ts';
import { resolveTarget } from './support/target.ts';

const command = databaseCommand(
  'reset',
  'Drops the tables, functions and data of a development database, then migrates and seeds it.',
)
  .option('--force', 'also reset the database in DATABASE_URL: its data is lost')
  .option('--no-seed', 'add no data after migrating');

await run(command, async () => {
  const { json, force, seed } = command.opts<{ json?: true; force?: true; seed: boolean }>();
  const isEmbedded = env.databaseUrl === undefined;
  const target = isEmbedded || force === true ? await resolveTarget() : undefined;
  if (target === undefined) {
    const message =
      'DATABASE_URL is set, and reset drops all data of its database: without --force only the embedded server is reset.';
    if (json === true) console.log(JSON.stringify({ error: { code: 'NOT_EMBEDDED', message } }, null, 2));
    else console.error(`error: ${message}`);
    process.exitCode = 3;
    return;
  }
  try {
    await dropEverything(target.url, { users: isEmbedded });
  } catch (cause) {
    if (!(cause instanceof postgres.PostgresError)) throw cause;
    const message = `The database was not reset, and nothing was changed: ${cause.message}`;
    throw new MigratorError('SERVER_UNAVAILABLE', message, { sqlstate: cause.code }, cause);
  }
  await migrate({ folder: migrationsFolder, url: target.url, applicationName: 'db reset' });
  const database = createDatabase({ url: target.url, applicationName: 'db reset', maxConnections: 1 });
  try {
    const seeded = seed ? await seedDatabase(database, target.url, { force: true }) : undefined;
    if (json === true) console.log(JSON.stringify({ database: target.where, ...seeded }, null, 2));
    else {
      console.log(`Database: ${target.where}\nDropped and migrated.`);
      if (seeded !== undefined) {
        console.log(`Added ${seeded.users} users, ${seeded.tracks} tracks, ${seeded.uploads} uploads.`);
      }
    }
  } finally {
    await database.close();
  }
});
