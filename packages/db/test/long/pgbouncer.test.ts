import { randomUUID } from 'node:crypto';
import { sql } from 'drizzle-orm';
import { describe, expect, inject, test } from 'vitest';
import { createDatabaseService } from '../../src/services/databaseService.ts';
import { failure } from '../service/support/failure.ts';
import { useService } from '../service/support/service.ts';
import { addUsers } from '../support/people.ts';
import { isInstalled, POOL_SIZE, throughPooler } from '../support/pgbouncer.ts';

const song = { contentType: 'audio/mpeg', sizeBytes: 1 };
const why = isInstalled ? '' : ' (not run: PgBouncer is missing, apt-get install pgbouncer)';

describe.skipIf(!isInstalled)(`PgBouncer in transaction mode${why}`, () => {
  const made = useService({ bootstrap: 'plain', as: 'owner' });
  const pooled = (change: (url: URL) => void = () => undefined) => {
    const url = new URL(throughPooler(made.db.database.url, inject('poolers')?.plain ?? 0));
    change(url);
    return made.another({ url: url.href });
  };

  test.each<[string, (url: URL) => void]>([
    ['a user that is none', (url) => Object.assign(url, { username: 'stranger' })],
    ['a user that the pooler knows and the server does not', (url) => Object.assign(url, { username: 'nobody' })],
    ['a wrong password', (url) => Object.assign(url, { password: 'wrong' })],
    ['a database that is none', (url) => Object.assign(url, { pathname: '/nowhere' })],
  ])('refuses %s, and it is no outage', async (_, change) => {
    const { message } = await failure('CONNECTION_REJECTED', pooled(change).ping());
    expect(message).not.toContain(new URL(made.db.database.url).password);
  });

  test('refuses a client without `transactionPooler`; the error names the option', async () => {
    const { message } = await failure(
      'CONNECTION_REJECTED',
      pooled((url) => url.searchParams.delete('pgbouncer')).ping(),
    );
    expect(message).toContain('transactionPooler');
  });

  test('refuses ?role=; the error says where to set the role', async () => {
    const refused = pooled((url) => url.searchParams.set('role', 'service_role')).ping();
    expect((await failure('CONNECTION_REJECTED', refused)).message).toContain('ALTER ROLE … SET role');
  });

  test('serves many more callers than it has connections, each with its own answer', async () => {
    const database = made.another({ maxConnections: 8 * POOL_SIZE });
    const service = createDatabaseService(database);
    const [userId] = await addUsers(made.db.superuser);
    const calls = Array.from({ length: 50 * POOL_SIZE }, () => service.createUpload({ userId, ...song }));
    const ids = new Set((await Promise.all(calls)).map(({ id }) => id));
    expect(ids.size).toBe(50 * POOL_SIZE);
    expect(await service.countUploads({ userId })).toMatchObject({ count: ids.size });
    const [row] = await made.db.superuser`
      SELECT count(*)::int AS count FROM pg_stat_activity
       WHERE datname = current_database() AND application_name = 'app-db'`;
    expect(row?.count).toBeLessThanOrEqual(POOL_SIZE);
  });

  test('times do not depend on the database’s DateStyle and TimeZone', async () => {
    const [userId] = await addUsers(made.db.superuser);
    const upload = await made.service.createUpload({ userId, ...song });
    const name = made.db.database.name;
    await made.db.superuser.unsafe(`
      ALTER DATABASE "${name}" SET DateStyle = 'German, DMY';
      ALTER DATABASE "${name}" SET TimeZone = 'Asia/Kolkata'`);
    await made.db.superuser`
      SELECT pg_terminate_backend(pid) FROM pg_stat_activity
       WHERE datname = current_database() AND pid <> pg_backend_pid() AND application_name = 'app-db'`;
    const database = pooled();
    // The pooler detects its lost connections one by one.
    await expect.poll(() => database.ping().then(() => 'answered', String)).toBe('answered');
    expect(await createDatabaseService(database).getUpload({ userId, id: upload.id })).toEqual(upload);
    const [row] = await database.db.execute(
      sql`SELECT current_setting('DateStyle') AS style, current_setting('TimeZone') AS zone`,
    );
    expect(row).toMatchObject({ zone: 'UTC', style: expect.stringContaining('ISO') });
  });

  test('prepares nothing; with preparedStatements it prepares every statement', async () => {
    const names = async (preparedStatements: boolean) => {
      // A direct connection: PgBouncer of this version has no prepared statements.
      const database = made.another({
        url: made.db.database.url,
        maxConnections: 1,
        transactionPooler: { preparedStatements },
      });
      await createDatabaseService(database).checkUploadQuota({ userId: randomUUID(), sizeBytes: 1 });
      const rows = await database.db.execute(sql`SELECT statement FROM pg_prepared_statements`);
      return rows.length;
    };
    expect(await names(false)).toBe(0);
    expect(await names(true)).toBeGreaterThan(0);
  });
});

describe.skipIf(!isInstalled)(`service_role behind PgBouncer${why}`, () => {
  const made = useService({ bootstrap: 'supabase', as: 'service_role' });

  test('connects as the role that a setting of the login role names', async () => {
    const [row] = await made.database.db.execute(sql`SELECT session_user AS login, current_user AS role`);
    expect(row).toEqual({ login: 'api_login', role: 'service_role' });
  });
});
