import { pgTable, text, uuid } from 'drizzle-orm/pg-core';
import { beforeAll, describe, expect, test } from 'vitest';
import { createDatabase } from '../../src/client.ts';
import { createDatabaseService } from '../../src/services/databaseService.ts';
import { addUsers } from '../support/people.ts';
import { useService } from './support/service.ts';

const ratings = pgTable('ratings', { uploadId: uuid().primaryKey(), givenStars: text().notNull() });

describe('createDatabase', () => {
  const made = useService({ bootstrap: 'plain', as: 'owner' });
  let userId: string;
  beforeAll(async () => {
    [userId] = await addUsers(made.db.superuser);
    await made.db.sql`CREATE TABLE public.ratings (upload_id uuid PRIMARY KEY, given_stars text NOT NULL)`;
  });

  test('schema, casing: `db.query` has the tables of the application and of the library, with relations', async () => {
    const database = createDatabase({ url: made.db.database.url, schema: { ratings }, casing: 'snake_case' });
    const { id } = await createDatabaseService(database).createUpload({
      userId,
      contentType: 'audio/mpeg',
      sizeBytes: 1,
    });
    await createDatabaseService(database).setUserTier({ userId, tier: 'pro' });
    await database.db.insert(ratings).values({ uploadId: id, givenStars: '5' });

    expect(await database.db.query.ratings.findMany()).toEqual([{ uploadId: id, givenStars: '5' }]);
    expect(await database.db.query.uploads.findFirst({ with: { profile: true } })).toMatchObject({
      id,
      profile: { userId, tier: 'pro' },
    });
    expect(database.db).not.toHaveProperty('$client');
    await database.close();
  });

  test('logger: it gets the service’s statements and other queries, in a transaction too', async () => {
    const logged: [string, unknown[]][] = [];
    const logger = { logQuery: (query: string, params: unknown[]) => void logged.push([query, params]) };
    const database = createDatabase({ url: made.db.database.url, logger });
    await createDatabaseService(database).countUploads({ userId });
    await database.transaction(async (tx) => {
      await createDatabaseService(tx).getUploadQuota({ userId });
      await tx.query.uploads.findMany({ columns: { id: true } });
    });
    await database.close();

    expect(logged.map(([query]) => query)).toEqual([
      expect.stringContaining('count('),
      expect.stringContaining('upload_daily_usage'),
      expect.stringContaining('select'),
    ]);
    expect(logged[0]?.[1]).toContain(userId);
    expect(logged[1]?.[1]).toContain(userId);
  });

  test('a table with the name of one of the library’s is refused', () => {
    const url = made.db.database.url;
    expect(() => createDatabase({ url, schema: { uploads: ratings } })).toThrow(
      expect.objectContaining({ code: 'INVALID_INPUT', field: 'schema.uploads', rule: 'duplicate' }),
    );
  });

  test.each([[undefined], [null], [''], [{}]])('%j as URL is refused by an error that names DATABASE_URL', (given) => {
    expect(() => createDatabase(given as unknown as string)).toThrow(
      expect.objectContaining({ code: 'INVALID_INPUT', message: expect.stringContaining('DATABASE_URL') }),
    );
  });
});
