import { rmSync } from 'node:fs';
import { type PostgresServer, startThrowawayServer } from '@app/local-postgres';
import { injectServer } from '@app/local-postgres/vitest';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { MigratorError } from '../../src/index.ts';
import { crashPlaces, disturbAndRerun, killAndRerun, undisturbed } from '../support/crash.ts';
import { client } from '../support/database.ts';
import { makeFolder } from '../support/folder.ts';
import { sample } from '../support/sample.ts';

let folder: string;
let server: PostgresServer;
let whole: Awaited<ReturnType<typeof undisturbed>>;
let places: number[];

beforeAll(async () => {
  folder = makeFolder(sample);
  server = injectServer('plain');
  whole = await undisturbed(server, folder);
  places = crashPlaces(whole.queries);
});
afterAll(() => rmSync(folder, { recursive: true }));

const queryAt = (place: number) => `${place}: ${whole.queries[place - 1]}`;

// Each attempt has its own database and mostly waits for it, so that the tests of this file run concurrently.
describe.concurrent('a repeated run ends like an uninterrupted one', () => {
  test.each(['before', 'after'] as const)('after kill -9 %s a query, at each kind of place', async (moment) => {
    expect(whole.queries.length).toBeGreaterThan(60);
    for (const place of places) {
      const end = await killAndRerun(server, folder, place, moment);
      expect(end, `killed ${moment} query ${queryAt(place)}`).toEqual(whole.end);
    }
  });

  test('after the server ended the connection at a query, at each kind of place', async () => {
    for (const place of places) {
      const { error, end } = await disturbAndRerun(server, folder, place, async ({ forward }, url) => {
        const admin = client(url);
        await admin`select pg_terminate_backend(pid, 5000) from pg_stat_activity where application_name = 'migrator' and datname = current_database()`;
        forward();
        await admin.end();
      });
      // The first query belongs to the connection, which is retried.
      if (place > 1)
        expect(error, `ended at query ${queryAt(place)}`).toMatchObject({ code: 'CONNECTION_LOST', exitCode: 1 });
      expect(end, `ended at query ${queryAt(place)}`).toEqual(whole.end);
    }
  });

  test('after the server crashed at a query, at every fifth place (at each of a sample)', async () => {
    const own = await startThrowawayServer({ bootstrap: 'plain' });
    const crashes = places.length < 20 ? places : places.filter((_, index) => index % 5 === 0);
    const outcomes: { place: number; outcome: string }[] = [];
    for (const place of crashes) {
      const { error, end } = await disturbAndRerun(own, folder, place, async ({ forward }) => {
        forward();
        await own.restart({ immediate: true });
      });
      outcomes.push({ place, outcome: error instanceof MigratorError ? error.code : 'done' });
      expect(end, `crashed at query ${queryAt(place)}`).toEqual(whole.end);
    }
    await own.stop();
    // The first query belongs to the connection, which is retried. The last ten may finish before the crash.
    const certain = outcomes.filter(({ place }) => place > 1 && place <= whole.queries.length - 10);
    expect(new Set(certain.map(({ outcome }) => outcome))).toEqual(new Set(['CONNECTION_LOST']));
  });
});

test('the crash places are every query, one of each kind, or a tenth of the kinds', () => {
  const queries = [
    'begin',
    'create  table a',
    'insert into log',
    'commit',
    'begin',
    'create table b',
    'commit',
    'begin',
  ];
  expect(crashPlaces(queries, 'every')).toEqual([1, 2, 3, 4, 5, 6, 7, 8]);
  expect(crashPlaces(queries, 'kinds')).toEqual([1, 2, 3, 4, 5, 7]);
  expect(crashPlaces(queries, 'sample')).toEqual([1]);
  expect(() => crashPlaces(queries, 'most')).toThrow('CRASH_PLACES');
});
