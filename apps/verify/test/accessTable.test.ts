import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { ACCESS_PAGE, withAccessTable } from '../library/accessTable.ts';

const page = readFileSync(ACCESS_PAGE, 'utf8');

test('the table of the page equals the access rules', async () => {
  expect(page, 'run: pnpm --filter verify access-table').toBe(await withAccessTable(page));
});

test('a table with a deleted row is generated again, and the rest of the page is unchanged', async () => {
  const row = /^\| `uploads` \| select .*\n/m;
  expect(page).toMatch(row);
  expect(await withAccessTable(page.replace(row, ''))).toBe(page);
  await expect(withAccessTable('# A page without a place for it')).rejects.toThrow('<!-- access matrix -->');
});
