import { createDatabase, startThrowawayServer, type ThrowawayServer } from '@app/local-postgres';
import { migrate } from '@app/migrator';
import postgres from 'postgres';
import { migrationsFolder } from '../../../src/migrations.ts';
import { addUsers } from '../../support/people.ts';

/** A server for one suite, which stops, freezes or promotes it: a migrated database with users. */
export async function startOwnServer(
  userCount = 1,
): Promise<{ server: ThrowawayServer; url: string; users: [string, ...string[]] }> {
  const server = await startThrowawayServer();
  const { url, superuserUrl } = await createDatabase(server);
  await migrate({ folder: migrationsFolder, url });
  const superuser = postgres(superuserUrl, { max: 1 });
  const users = await addUsers(superuser, userCount);
  await superuser.end();
  return { server, url, users };
}
