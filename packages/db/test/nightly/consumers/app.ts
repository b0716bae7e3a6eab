import { createDatabase, createDatabaseService, isDatabaseError } from '@app/db';

/** What every consumer does: it records an upload, is refused one, and prints what it got. */
export async function record(url: string, userId: string): Promise<unknown> {
  const database = createDatabase({ url, maxConnections: 1 });
  const service = createDatabaseService(database);
  const upload = await service.createUpload({ userId, contentType: 'audio/mpeg', sizeBytes: 5 });
  const refused: unknown = await service.deleteUpload({ userId, id: userId }).catch((error: unknown) => error);
  await database.close();
  if (!isDatabaseError(refused)) throw refused;
  return { sizeBytes: upload.sizeBytes, name: refused.name, code: refused.code };
}
