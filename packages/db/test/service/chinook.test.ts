import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { addUsers } from '../support/people.ts';
import { useService } from './support/service.ts';

/** Beside the project: the tracks and customers of the Chinook sample database. */
const folder = fileURLToPath(new URL('../../../../../shared/data/', import.meta.url));
const present = existsSync(`${folder}chinook_tracks.csv`);
if (!present)
  console.log('The Chinook data is not beside the project: the load of real tracks and customers is skipped.');

/** Rows of a CSV file (RFC 4180), by the names of its first line. */
function readCsv(name: string): Readonly<Record<string, string>>[] {
  const records: string[][] = [[]];
  for (const [, quoted, plain, end] of readFileSync(`${folder}${name}`, 'utf8').matchAll(
    /(?:"((?:[^"]|"")*)"|([^",\r\n]*))(,|\r?\n|$)/g,
  )) {
    records.at(-1)?.push(quoted?.replaceAll('""', '"') ?? plain ?? '');
    if (end !== ',') records.push([]);
  }
  const [names = [], ...rows] = records.filter(({ length }) => length > 1);
  return rows.map((row) => Object.fromEntries(names.map((column, i) => [column, row[i] ?? ''])));
}

const orNull = (value = '') => (value === '' ? null : value);

describe.skipIf(!present)('the Chinook library, loaded through the service', () => {
  const made = useService({ bootstrap: 'supabase', as: 'service_role' });

  test('every track and customer is stored unchanged, and listed, searched and counted', async () => {
    const { service } = made;
    const tracks = readCsv('chinook_tracks.csv');
    const customers = readCsv('chinook_customers.csv');
    expect(tracks.length).toBe(3_503);
    expect(customers.length).toBe(59);

    const loaded = new Map<string, { title: string; artist: string | null; durationMs: number | null }>();
    const load = async (row: Readonly<Record<string, string>>) => {
      const { track_id = '', title = '', artist, album, genre, duration_ms } = row;
      const given = { title, artist: orNull(artist), durationMs: Number(duration_ms) };
      const texts = { ...given, album: orNull(album), genre: orNull(genre) };
      const keys = { fileKey: `chinook/${track_id}`, isProOnly: Number(track_id) % 2 === 0 };
      loaded.set((await service.createLibraryTrack({ ...texts, ...keys })).id, given);
    };
    for (let i = 0; i < tracks.length; i += 50) await Promise.all(tracks.slice(i, i + 50).map(load));

    const seen = new Map<string, { title: string; artist: string | null; durationMs: number | null }>();
    let cursor: string | null = null;
    do {
      const page = await service.listLibraryTracks({ limit: 100, cursor });
      for (const { id, title, artist, durationMs } of page.items) seen.set(id, { title, artist, durationMs });
      cursor = page.nextCursor;
    } while (cursor !== null);
    expect(seen).toEqual(loaded);
    expect(await service.countLibraryTracks()).toEqual({ count: 3_503, isExact: true });
    expect(await service.countLibraryTracks({ proOnly: true, atMost: 1_000 })).toEqual({
      count: 1_000,
      isExact: false,
    });

    const begins = tracks.filter(({ title = '' }) => title.toLowerCase().startsWith('the '));
    const found: string[] = [];
    do {
      const page = await service.searchLibraryTracks({ titlePrefix: 'The ', limit: 100, cursor });
      found.push(...page.items.map(({ title }) => title));
      cursor = page.nextCursor;
    } while (cursor !== null);
    expect(begins.length).toBeGreaterThan(100);
    expect(found.sort()).toEqual(begins.map(({ title = '' }) => title).sort());

    const userIds = await addUsers(made.db.superuser, customers.length);
    await Promise.all(
      customers.map(({ country }, i) =>
        service.setUserTier({ userId: userIds[i] ?? '', tier: country === 'USA' ? 'pro' : 'free' }),
      ),
    );
    const american = customers.filter(({ country }) => country === 'USA').length;
    expect(american).toBeGreaterThan(5);
    expect(await service.countUserProfiles({ tier: 'pro' })).toEqual({ count: american, isExact: true });
  });
});
