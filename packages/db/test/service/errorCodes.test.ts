import { randomUUID } from 'node:crypto';
import { sql } from 'drizzle-orm';
import { beforeAll, describe, expect, test } from 'vitest';
import { createDatabase } from '../../src/client.ts';
import { type DatabaseError, type DatabaseErrorCode, isDatabaseError } from '../../src/errors.ts';
import { createDatabaseService } from '../../src/services/databaseService.ts';
import type { Upload } from '../../src/types/music.ts';
import { useDatabase } from '../support/database.ts';
import { addUsers } from '../support/people.ts';
import { failure } from './support/failure.ts';
import { isPooled, useService } from './support/service.ts';

const song = { contentType: 'audio/mpeg', sizeBytes: 10 };

describe('each error code, caused by a real fault', () => {
  const made = useService({ bootstrap: 'plain', as: 'owner' });
  const bare = useDatabase('plain', { migrated: false });
  let userId: string;
  let upload: Upload;
  beforeAll(async () => {
    [userId] = await addUsers(made.db.superuser);
    upload = await made.service.createUpload({ userId, ...song });
  });

  /** Runs `work` while another session holds the upload's row. */
  async function whileLocked<Result>(work: () => Promise<Result>): Promise<Result> {
    const { sql: owner } = made.db;
    let result: Result | undefined;
    await owner.begin(async (tx) => {
      await tx`SELECT FROM uploads WHERE user_id = ${userId} AND id = ${upload.id} FOR UPDATE`;
      result = await work();
    });
    return result as Result;
  }

  const rename = (options: Parameters<typeof made.another>[0], signal?: AbortSignal) =>
    createDatabaseService(made.another(options)).renameUpload(
      { userId, id: upload.id, title: 'late' },
      signal === undefined ? {} : { signal },
    );

  const faults: { readonly [Code in DatabaseErrorCode]: () => Promise<unknown> } = {
    QUOTA_EXCEEDED: () => made.service.createUpload({ userId, ...song, quotaLimitBytes: 19 }),
    DUPLICATE_FILE_KEY: () => made.service.createUpload({ userId, ...song, fileKey: upload.fileKey }),
    DUPLICATE_ID: () => made.service.createUpload({ userId, ...song, id: upload.id, fileKey: `${userId}/other` }),
    UNKNOWN_USER: () => made.service.createUpload({ userId: randomUUID(), ...song }),
    UPLOAD_NOT_FOUND: () => made.service.deleteUpload({ userId, id: randomUUID() }),
    TRACK_NOT_FOUND: () => made.service.deleteLibraryTrack({ id: randomUUID() }),
    INVALID_INPUT: () => made.service.createUpload({ userId, ...song, sizeBytes: 0 }),
    OBJECT_KEY_PENDING_DELETION: async () => {
      const { id, fileKey } = await made.service.createUpload({ userId, ...song });
      await made.service.deleteUpload({ userId, id });
      await made.service.createUpload({ userId, ...song, fileKey });
    },
    PERMISSION_DENIED: () =>
      createDatabaseService(made.another({ url: `${made.db.database.url}?role=anon` })).getUpload({
        userId,
        id: upload.id,
      }),
    CONFLICT: () =>
      made.database.transaction(async (tx) => {
        await tx.execute(sql`SET TRANSACTION ISOLATION LEVEL REPEATABLE READ`);
        await tx.execute(sql`SELECT FROM uploads`);
        await made.service.renameUpload({ userId, id: upload.id, title: 'meanwhile' });
        await tx.execute(sql`UPDATE uploads SET title = 'stale' WHERE id = ${upload.id}`);
      }),
    TIMEOUT: () => whileLocked(() => rename({ statementTimeoutMs: 500, operationTimeoutMs: 30_000 })),
    ABORTED: () => whileLocked(() => rename({}, AbortSignal.timeout(50))),
    UNAVAILABLE: () => createDatabase('postgres://u:secret@127.0.0.1:1/nowhere').ping(),
    CONNECTION_REJECTED: () => made.another({ url: made.db.database.url.replace(/:[^:@]*@/, ':wrong@') }).ping(),
    SCHEMA_MISMATCH: () =>
      createDatabaseService(made.another({ url: bare.database.url })).getUpload({ userId, id: upload.id }),
    UNEXPECTED: async () => {
      const { sql: owner } = made.db;
      await owner.unsafe(`
        CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'not today'; END $$;
        CREATE TRIGGER refuse BEFORE DELETE ON uploads EXECUTE FUNCTION refuse();`);
      try {
        await made.service.deleteUpload({ userId, id: upload.id });
      } finally {
        await owner.unsafe('DROP TRIGGER refuse ON uploads; DROP FUNCTION refuse');
      }
    },
  };

  test.each(Object.keys(faults) as DatabaseErrorCode[])('%s', async (code) => {
    const error: DatabaseError = await failure(code, faults[code]());

    expect(error.name).toBe(error.constructor.name);
    const worthAnotherTry: DatabaseErrorCode[] = ['CONFLICT', 'TIMEOUT', 'UNAVAILABLE'];
    expect(error.retryable).toBe(worthAnotherTry.includes(code));
    expect(error.message).not.toContain('secret');
    expect(isDatabaseError(new Error('other'))).toBe(false);
  });

  test('QUOTA_EXCEEDED has the figures of the quota', async () => {
    expect(await failure('QUOTA_EXCEEDED', faults.QUOTA_EXCEEDED())).toMatchObject({
      ...{ usedBytes: 10, limitBytes: 19, remainingBytes: 9, resetsAt: expect.any(Date) },
      cause: { code: 'UP001' },
    });
  });

  test.skipIf(isPooled)('a timeout says what it waited for', async () => {
    const statement = await failure('TIMEOUT', faults.TIMEOUT());
    expect(statement).toMatchObject({ phase: 'statement', cause: { code: '57014' } });

    const hasty = made.another({ operationTimeoutMs: 500 });
    await expect.poll(() => hasty.ping().then(() => 'answered', String)).toBe('answered');
    const late = () => createDatabaseService(hasty).renameUpload({ userId, id: upload.id, title: 'late' });
    expect((await failure('TIMEOUT', whileLocked(late))).phase).toBe('answer');

    const busy = made.another({ maxConnections: 1, operationTimeoutMs: 5_000 });
    const connection = await busy.transaction(async (tx) => {
      let over = false;
      const waiting = failure('TIMEOUT', busy.ping()).finally(() => {
        over = true;
      });
      while (!over) await tx.execute(sql`SELECT pg_sleep(0.2)`);
      return waiting;
    });
    expect(connection.phase).toBe('connection');

    const lock = () =>
      made.database.transaction(async (tx) => {
        await tx.execute(sql`SET LOCAL lock_timeout = '50ms'`);
        await tx.execute(sql`LOCK TABLE uploads IN ACCESS EXCLUSIVE MODE`);
      });
    expect((await failure('TIMEOUT', whileLocked(lock))).phase).toBe('lock');
  });
});
