import { expect, test } from 'vitest';
import { baseline, migrate } from '../../src/index.ts';
import { freshDatabase } from '../support/database.ts';
import { writeFolder } from '../support/folder.ts';
import { sample } from '../support/sample.ts';

test.each(sample)('what migrate itself applied up to $tag passes', async ({ tag }) => {
  const { url, sql } = await freshDatabase();
  const folder = writeFolder(sample);
  await migrate({ folder, url, to: tag });
  await sql`truncate drizzle.__drizzle_migrations`;
  const { url: shadowUrl } = await freshDatabase();
  expect((await baseline({ folder, url, to: tag, shadowUrl })).recorded.at(-1)).toBe(tag);
});
