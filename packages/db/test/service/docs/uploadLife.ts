/** The code of docs/service.md, as one module that is compiled and run: each block of the page stands here as it is. */

import {
  createDatabase,
  createDatabaseService,
  type DatabaseError,
  type DatabaseService,
  isDatabaseError,
  newId,
  type Upload,
  uploadObjectKey,
  uploads,
} from '@app/db';
import { statement } from '@app/db/client';
import { uploadSchema } from '@app/db/types';
import { eq, sql } from 'drizzle-orm';
import { pgTable, text, uuid } from 'drizzle-orm/pg-core';
import { z } from 'zod';

interface ObjectStore {
  signPut(key: string, contentType: string): Promise<string>;
  head(key: string): Promise<{ contentType: string; sizeBytes: number }>;
  delete(key: string): Promise<void>;
}

export function connect(url: string) {
  const database = createDatabase({ url, applicationName: 'api' });
  const service = createDatabaseService(database);
  return { database, service };
}

export async function signUpload(service: DatabaseService, store: ObjectStore, userId: string, sizeBytes: number) {
  if (!(await service.checkUploadQuota({ userId, sizeBytes }))) return null;
  const id = newId();
  const fileKey = uploadObjectKey({ userId, id });
  return { id, url: await store.signPut(fileKey, 'audio/mpeg') };
}

export async function finishUpload(service: DatabaseService, store: ObjectStore, userId: string, id: string) {
  const fileKey = uploadObjectKey({ userId, id });
  const { contentType, sizeBytes } = await store.head(fileKey);
  for (let attempt = 1; ; attempt++) {
    try {
      return await service.createUpload({ id, userId, fileKey, contentType, sizeBytes });
    } catch (error) {
      if (!isDatabaseError(error)) throw error;
      if (error.code === 'QUOTA_EXCEEDED') await store.delete(fileKey);
      if (!error.retryable || attempt === 3) throw error;
    }
  }
}

export async function* everyUpload(service: DatabaseService, userId: string): AsyncGenerator<Upload> {
  let cursor: string | null = null;
  do {
    const page = await service.listUploads({ userId, limit: 100, cursor });
    yield* page.items;
    cursor = page.nextCursor;
  } while (cursor !== null);
}

export async function purge(service: DatabaseService, store: ObjectStore): Promise<number> {
  const { leaseId, objects } = await service.claimDeletedObjects({ batchSize: 100, leaseSeconds: 300 });
  if (leaseId === null) return 0;
  let purged = 0;
  for (const { id, fileKey } of objects) {
    try {
      await store.delete(fileKey);
      purged += await service.markObjectsPurged({ leaseId, ids: [id] });
    } catch (error) {
      await service.releaseDeletedObjects({ leaseId, ids: [id], error: String(error) });
    }
  }
  return purged;
}

export function httpStatus(error: DatabaseError): number {
  switch (error.code) {
    case 'INVALID_INPUT':
      return 400;
    case 'PERMISSION_DENIED':
      return 403;
    case 'UPLOAD_NOT_FOUND':
    case 'TRACK_NOT_FOUND':
    case 'UNKNOWN_USER':
      return 404;
    case 'DUPLICATE_FILE_KEY':
    case 'DUPLICATE_ID':
    case 'OBJECT_KEY_PENDING_DELETION':
    case 'CONFLICT':
      return 409;
    case 'QUOTA_EXCEEDED':
      return 429;
    case 'ABORTED':
      return 499;
    case 'TIMEOUT':
    case 'UNAVAILABLE':
      return 503;
    case 'CONNECTION_REJECTED':
    case 'SCHEMA_MISMATCH':
    case 'UNEXPECTED':
      return 500;
  }
}

export function overTheWire(upload: Upload) {
  const body = JSON.stringify(z.encode(uploadSchema, upload));
  return uploadSchema.parse(JSON.parse(body));
}

/** A table of the application's own. */
const notes = pgTable('notes', { uploadId: uuid('upload_id').notNull(), note: text('note').notNull() });

export async function withOwnRow(url: string, userId: string, note: string) {
  const database = createDatabase({ url, schema: { notes } });
  const upload = await database.transaction(
    async (tx) => {
      const upload = await createDatabaseService(tx).createUpload({ userId, contentType: 'audio/mpeg', sizeBytes: 10 });
      await tx.insert(notes).values({ uploadId: upload.id, note });
      return upload;
    },
    { isolationLevel: 'serializable', retries: 3 },
  );
  const found = await database.db.query.notes.findMany();
  await database.close();
  return { upload, found };
}

export function renameAsUser(service: DatabaseService, userId: string, id: string, title: string) {
  return service.asUser({ sub: userId, role: 'authenticated' }, (tx) =>
    tx.update(uploads).set({ title }).where(eq(uploads.id, id)).returning(),
  );
}

export async function ownStatement(database: ReturnType<typeof connect>['database'], userId: string) {
  const largest = statement<{ userId: string }>()(
    { title: uploads.title, sizeBytes: uploads.sizeBytes },
    (values, fields) => sql`
      SELECT ${fields} FROM ${uploads} WHERE ${uploads.userId} = ${values.userId}
       ORDER BY ${uploads.sizeBytes} DESC LIMIT 1`,
  );
  const [upload] = await database.run(largest, { userId });
  return upload;
}
