import { expect, test } from 'vitest';
import { migrate } from '../src/index.ts';
import { freshDatabase } from './support/database.ts';
import { writeFolder } from './support/folder.ts';
import { startProxy } from './support/proxy.ts';
import { sample } from './support/sample.ts';

test('a run with nothing pending sends two queries on one connection', async () => {
  const { url } = await freshDatabase();
  const folder = writeFolder(sample);
  await migrate({ folder, url });
  const queries: string[] = [];
  const proxy = await startProxy(url, ({ connection, sql, forward }) => {
    queries.push(`${connection}: ${sql.trim().split(/\s/, 2).join(' ')}`);
    forward();
  });
  await migrate({ folder, url: proxy.url });
  expect(queries).toEqual(['1: select pg_backend_pid()', '1: set lock_timeout']);
  proxy.stop();
});
