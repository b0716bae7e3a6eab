import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { ACCESS_PAGE, withAccessTable } from '../library/accessTable.ts';

const page = readFileSync(ACCESS_PAGE, 'utf8');

test("the page's table is what the access matrix says", async () => {
  expect(page, 'run: pnpm --filter verify access-table').toBe(await withAccessTable(page));
});

test('a table changed by hand is made anew, and nothing else of the page is touched', async () => {
  const row = /^\| `uploads` \| select .*\n/m;
  expect(page).toMatch(row);
  expect(await withAccessTable(page.replace(row, ''))).toBe(page);
  await expect(withAccessTable('# A page without a place for it')).rejects.toThrow('<!-- access matrix -->');
});
