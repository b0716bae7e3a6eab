import { eq, type SQL, sql } from 'drizzle-orm';
import { beforeAll, describe, expect, test } from 'vitest';
import { libraryTracks, uploads, userProfiles } from '../../src/schema/index.ts';
import type { Upload } from '../../src/types/music.ts';
import { addUsers } from '../support/people.ts';
import { failure } from './support/failure.ts';
import { startNetwork } from './support/proxy.ts';
import { connections, useService } from './support/service.ts';

describe.each(connections)('asUser on $bootstrap, connected as $as', (connection) => {
  const made = useService(connection);
  let owner: string;
  let stranger: string;
  let upload: Upload;
  beforeAll(async () => {
    const [first, second = ''] = await addUsers(made.db.superuser, 2);
    owner = first;
    stranger = second;
    upload = await made.service.createUpload({ userId: owner, contentType: 'audio/mpeg', sizeBytes: 1 });
    await made.db.sql`INSERT INTO user_profiles (user_id) VALUES (${owner})`;
    await made.db.sql`INSERT INTO library_tracks (title, file_key) VALUES ('Free', 'free')`;
  });
  const as = (sub: string) => ({ sub, role: 'authenticated' as const });

  test('a user reads and renames the own uploads alone, by queries without a WHERE', async () => {
    const { service } = made;
    const seen = await service.asUser(as(owner), (tx) => tx.select().from(uploads));
    expect(seen).toEqual([upload]);
    expect(
      await service.asUser(as(owner), (tx) => tx.update(uploads).set({ title: 'Mine' }).returning()),
    ).toMatchObject([{ id: upload.id, title: 'Mine' }]);
    expect(await service.asUser(as(owner), (tx) => tx.select().from(userProfiles))).toMatchObject([{ userId: owner }]);
  });

  test('another user reads and changes none of them', async () => {
    const { service } = made;
    expect(await service.asUser(as(stranger), (tx) => tx.select().from(uploads))).toEqual([]);
    expect(
      await service.asUser(as(stranger), (tx) => tx.update(uploads).set({ title: 'Mine too' }).returning()),
    ).toEqual([]);
    expect(await service.getUpload({ userId: owner, id: upload.id })).not.toMatchObject({ title: 'Mine too' });
  });

  test('INSERT, UPDATE of a size and SELECT of the library’s keys are refused; SELECT of its titles is not', async () => {
    const { service } = made;
    const row = { userId: owner, fileKey: 'k', contentType: 'audio/mpeg', sizeBytes: 1 };
    await failure(
      'PERMISSION_DENIED',
      service.asUser(as(owner), (tx) => tx.insert(uploads).values(row)),
    );
    await failure(
      'PERMISSION_DENIED',
      service.asUser(as(owner), (tx) => tx.update(uploads).set({ sizeBytes: 2 })),
    );
    const anon = { role: 'anon' as const };
    await failure(
      'PERMISSION_DENIED',
      service.asUser(anon, (tx) => tx.select().from(libraryTracks)),
    );
    await failure(
      'PERMISSION_DENIED',
      service.asUser(anon, (tx) => tx.select().from(uploads)),
    );
    const { title } = libraryTracks;
    expect(await service.asUser(anon, (tx) => tx.select({ title }).from(libraryTracks))).toEqual([{ title: 'Free' }]);
  });

  test('role and claims end with the transaction', async () => {
    const one = made.another({ maxConnections: 1 });
    const { createDatabaseService } = await import('../../src/services/databaseService.ts');
    const service = createDatabaseService(one);
    const whoAmI = sql<string>`current_user || coalesce(' ' || auth.uid()::text, '')`;
    const [before] = await one.db.execute<{ me: string }>(sql`SELECT ${whoAmI} AS me`);
    const [inside] = await service.asUser(as(owner), (tx) => tx.execute(sql`SELECT ${whoAmI} AS me`));
    await failure(
      'PERMISSION_DENIED',
      service.asUser(as(owner), (tx) => tx.execute(sql`SELECT 1 FROM auth.users`)),
    );
    const [after] = await one.db.execute(sql`SELECT ${whoAmI} AS me`);

    expect(inside).toEqual({ me: `authenticated ${owner}` });
    expect(after).toEqual(before);
    expect(before?.me).not.toContain(owner);
  });

  test('costs one round trip more than a transaction without a user', async () => {
    const network = await startNetwork(made.db.database.url);
    const one = made.another({ url: network.through(made.db.database.url), maxConnections: 1 });
    const { createDatabaseService } = await import('../../src/services/databaseService.ts');
    const work = (tx: { execute: (text: SQL) => Promise<unknown> }) => tx.execute(sql`SELECT 1`);
    const tripsOf = async (run: () => Promise<unknown>) => {
      await run();
      const before = network.roundTrips();
      await run();
      return network.roundTrips() - before;
    };

    // BEGIN, the work, COMMIT.
    expect(await tripsOf(() => one.transaction(work))).toBe(3);
    expect(await tripsOf(() => createDatabaseService(one).asUser(as(owner), work))).toBe(4);
  });

  test('claims that the session has from before are overridden', async () => {
    const one = made.another({ maxConnections: 1 });
    const { createDatabaseService } = await import('../../src/services/databaseService.ts');
    await one.db.execute(sql`SELECT set_config('request.jwt.claim.sub', ${owner}, false)`);

    expect(await createDatabaseService(one).asUser(as(stranger), (tx) => tx.select().from(uploads))).toEqual([]);
  });

  test('auth.jwt() has the other claims', async () => {
    const claims = { ...as(owner), app_metadata: { plan: "o'brien" } };
    expect(
      await made.service.asUser(claims, (tx) => tx.execute(sql`SELECT auth.jwt() #>> '{app_metadata,plan}' AS plan`)),
    ).toEqual([{ plan: "o'brien" }]);
  });

  test('roles other than anon and authenticated are refused', async () => {
    for (const role of ['service_role', 'postgres', 'none', '']) {
      expect(
        await failure(
          'INVALID_INPUT',
          made.service.asUser({ role: role as 'anon' }, () => Promise.resolve()),
        ),
      ).toMatchObject({ field: 'role', rule: 'enum' });
    }
  });

  test('an error of the work is thrown as it is, and rolls back', async () => {
    const { service } = made;
    const own = Object.assign(new Error('mine'), { code: 'ENOENT' });
    const work = service.asUser(as(owner), async (tx) => {
      await tx.update(uploads).set({ title: 'undone' }).where(eq(uploads.id, upload.id));
      throw own;
    });
    await expect(work).rejects.toBe(own);
    expect(await service.getUpload({ userId: owner, id: upload.id })).not.toMatchObject({ title: 'undone' });
  });

  test('a refused statement rolls back, also where the work catches the error', async () => {
    const { service } = made;
    const work = service.asUser(as(owner), async (tx) => {
      await tx.update(uploads).set({ title: 'kept?' }).where(eq(uploads.id, upload.id));
      await tx.delete(uploads).catch(() => undefined);
    });
    await failure('PERMISSION_DENIED', work);
    expect(await service.getUpload({ userId: owner, id: upload.id })).not.toMatchObject({ title: 'kept?' });
  });
});
