import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { ACCESS_PAGE, withAccessTable } from '../library/accessTable.ts';

const page = readFileSync(ACCESS_PAGE, 'utf8');

test("the page's table is what the access matrix says (pnpm --filter verify access-table writes it)", () => {
  expect(page).toBe(withAccessTable(page));
});

test('a table changed by hand is made anew, and nothing else of the page is touched', () => {
  const row = /^\| `uploads` \| select .*\n/m;
  expect(page).toMatch(row);
  expect(withAccessTable(page.replace(row, ''))).toBe(page);
  expect(() => withAccessTable('# A page without a place for it')).toThrow('<!-- access matrix -->');
});
