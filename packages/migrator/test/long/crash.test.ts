import { rmSync } from 'node:fs';
import { type PostgresServer, startThrowawayServer } from '@app/local-postgres';
import { injectServer } from '@app/local-postgres/vitest';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { MigratorError } from '../../src/index.ts';
import { disturbAndRerun, killAndRerun, undisturbed } from '../support/crash.ts';
import { client } from '../support/database.ts';
import { makeFolder } from '../support/folder.ts';
import { sample } from '../support/sample.ts';

let folder: string;
let server: PostgresServer;
let whole: Awaited<ReturnType<typeof undisturbed>>;

beforeAll(async () => {
  folder = makeFolder(sample);
  server = injectServer('plain');
  whole = await undisturbed(server, folder);
});
afterAll(() => rmSync(folder, { recursive: true }));

test.each(['before', 'after'] as const)(
  'kill -9 %s each query of a run: a re-run ends where an undisturbed run ends',
  async (moment) => {
    expect(whole.queries.length).toBeGreaterThan(60);
    for (const [index, query] of whole.queries.entries()) {
      const end = await killAndRerun(server, folder, index + 1, moment);
      expect(end, `killed ${moment} query ${index + 1}: ${query}`).toEqual(whole.end);
    }
  },
);

test('the server ends the connection at each query: a re-run ends where an undisturbed run ends', async () => {
  for (const [index, query] of whole.queries.entries()) {
    const { error, end } = await disturbAndRerun(server, folder, index + 1, async ({ forward }, url) => {
      const admin = client(url);
      await admin`select pg_terminate_backend(pid, 5000) from pg_stat_activity where application_name = 'migrator' and datname = current_database()`;
      forward();
      await admin.end();
    });
    // The first query belongs to the connection, which is tried again.
    if (index > 0)
      expect(error, `ended at query ${index + 1}: ${query}`).toMatchObject({ code: 'CONNECTION_LOST', exitCode: 1 });
    expect(end, `ended at query ${index + 1}: ${query}`).toEqual(whole.end);
  }
});

test('the server crashes at every fifth query: a re-run ends where an undisturbed run ends', async () => {
  const own = await startThrowawayServer({ bootstrap: 'plain' });
  const outcomes: string[] = [];
  for (let at = 1; at <= whole.queries.length; at += 5) {
    const { error, end } = await disturbAndRerun(own, folder, at, async ({ forward }) => {
      forward();
      await own.restart({ immediate: true });
    });
    outcomes.push(error instanceof MigratorError ? error.code : 'done');
    expect(end, `crashed at query ${at}: ${whole.queries[at - 1]}`).toEqual(whole.end);
  }
  await own.stop();
  // The first query belongs to the connection, which is tried again; the last ones may be through before the crash.
  expect(new Set(outcomes.slice(1, -2))).toEqual(new Set(['CONNECTION_LOST']));
});
