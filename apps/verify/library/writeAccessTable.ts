import { readFileSync, writeFileSync } from 'node:fs';
import { ACCESS_PAGE, withAccessTable } from './accessTable.ts';

writeFileSync(ACCESS_PAGE, await withAccessTable(readFileSync(ACCESS_PAGE, 'utf8')));
process.stdout.write('Wrote the access matrix into docs/access-and-quota.md.\n');
