import postgres from 'postgres';
import { expect, test } from 'vitest';
import { createDatabase } from '../src/index.ts';
import { injectServer } from '../src/vitest.ts';

test('a new database carries the bootstrap', async () => {
  const database = await createDatabase(injectServer('plain'));
  const sql = postgres(database.url, { max: 1 });
  expect(await sql`SELECT count(*)::int AS users FROM auth.users`).toMatchObject([{ users: 0 }]);
  await sql.end();
  await database.drop();
});
