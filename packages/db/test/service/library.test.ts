import { randomUUID } from 'node:crypto';
import { beforeAll, describe, expect, test } from 'vitest';
import { createDatabaseService } from '../../src/services/databaseService.ts';
import type { ListLibraryTracksInput } from '../../src/types/inputs.ts';
import { addUsers } from '../support/people.ts';
import { failure } from './support/failure.ts';
import { connections, useService } from './support/service.ts';

describe.each(connections)('the library on $bootstrap as $as', (connection) => {
  const made = useService(connection);
  const free = randomUUID();
  const pro = randomUUID();
  const hidden = randomUUID();
  let listener: string;
  let subscriber: string;
  beforeAll(async () => {
    const [first, second = ''] = await addUsers(made.db.superuser, 2);
    listener = first;
    subscriber = second;
    const { sql } = made.db;
    await sql`INSERT INTO user_profiles (user_id, tier) VALUES (${subscriber}, 'pro')`;
    await sql`
      INSERT INTO library_tracks (id, title, genre, file_key, preview_key, is_pro_only, created_at) VALUES
        (${free}, 'Free', 'jazz', 'free.flac', 'free.mp3', false, '2026-01-01Z'),
        (${pro}, 'Pro', 'jazz', 'pro.flac', 'pro.mp3', true, '2026-01-02Z'),
        (${hidden}, 'Hidden', 'folk', 'hidden.flac', NULL, true, '2026-01-03Z')`;
  });

  test('a track is found by its id', async () => {
    expect(await made.service.getLibraryTrack({ id: free })).toEqual({
      ...{ id: free, title: 'Free', artist: null, album: null, genre: 'jazz', durationMs: null },
      ...{
        fileKey: 'free.flac',
        previewKey: 'free.mp3',
        isProOnly: false,
        createdAt: new Date('2026-01-01T00:00:00Z'),
      },
    });
    expect(await made.service.getLibraryTrack({ id: randomUUID() })).toBeNull();
  });

  test.each<[string, ListLibraryTracksInput, string[]]>([
    ['nothing', {}, ['Hidden', 'Pro', 'Free']],
    ['null', { genre: null, proOnly: null, hasPreview: null }, ['Hidden', 'Pro', 'Free']],
    ['a genre', { genre: 'jazz' }, ['Pro', 'Free']],
    ['pro-only', { proOnly: true }, ['Hidden', 'Pro']],
    ['free', { proOnly: false }, ['Free']],
    ['a preview', { hasPreview: true }, ['Pro', 'Free']],
    ['no preview', { hasPreview: false }, ['Hidden']],
    ['all of them', { genre: 'jazz', proOnly: true, hasPreview: true }, ['Pro']],
    ['a genre that nobody plays', { genre: "'; --" }, []],
  ])('filtered by %s, the list is newest first, in pages', async (_, filters, titles) => {
    const { service } = made;
    expect((await service.listLibraryTracks(filters)).items.map(({ title }) => title)).toEqual(titles);

    const walked: string[] = [];
    let cursor: string | null | undefined;
    do {
      const page = await service.listLibraryTracks({ ...filters, limit: 1, cursor: cursor ?? null });
      walked.push(...page.items.map(({ title }) => title));
      cursor = page.nextCursor;
    } while (cursor !== null);
    expect(walked).toEqual(titles);
  });

  test('resolvePlayback and checkLibraryAccess by tier', async () => {
    const { service } = made;
    const full = (fileKey: string, reason: string) => ({ access: 'full', fileKey, reason });
    const previewOnly = { access: 'preview', fileKey: 'pro.mp3', reason: 'pro-only' };
    const nothing = (reason: string) => ({ access: 'none', fileKey: null, reason });
    for (const [userId, trackId, expected] of [
      [null, free, full('free.flac', 'free-track')],
      [null, pro, previewOnly],
      [null, hidden, nothing('pro-only')],
      [listener, free, full('free.flac', 'free-track')],
      [listener, pro, previewOnly],
      [listener, hidden, nothing('pro-only')],
      [subscriber, free, full('free.flac', 'free-track')],
      [subscriber, pro, full('pro.flac', 'tier')],
      [subscriber, hidden, full('hidden.flac', 'tier')],
      [subscriber, randomUUID(), nothing('no-such-track')],
    ] as const) {
      expect(await service.resolvePlayback({ userId, trackId })).toEqual(expected);
      if (userId !== null) {
        expect(await service.checkLibraryAccess({ userId, trackId })).toBe(expected.access === 'full');
      }
    }
  });

  test('a track is created, updated in the named fields alone, and deleted; its unreferenced objects wait to be purged', async () => {
    const { service } = made;
    const id = randomUUID();
    const given = { id, title: 'New', artist: 'Anyone', fileKey: `${id}/full`, durationMs: 1_000 };
    const added = await service.createLibraryTrack(given);
    expect(added).toEqual({
      ...{ ...given, album: null, genre: null, previewKey: null, isProOnly: false, createdAt: expect.any(Date) },
    });
    await failure('DUPLICATE_ID', service.createLibraryTrack(given));

    expect(await service.updateLibraryTrack({ id, previewKey: `${id}/1` })).toEqual({
      ...{ ...added, previewKey: `${id}/1` },
    });
    const changes = { title: 'Newer', artist: null, previewKey: `${id}/2`, isProOnly: true };
    expect(await service.updateLibraryTrack({ id, ...changes })).toEqual({ ...added, ...changes });
    await failure('OBJECT_KEY_PENDING_DELETION', service.updateLibraryTrack({ id, previewKey: `${id}/1` }));
    expect(await service.getLibraryTrack({ id })).toEqual({ ...added, ...changes });
    expect(await service.deleteLibraryTrack({ id })).toEqual({ ...added, ...changes });
    expect(await service.getLibraryTrack({ id })).toBeNull();

    const waiting = await made.db.sql`
      SELECT file_key, source FROM deleted_objects WHERE file_key LIKE ${`${id}/%`} AND purged_at IS NULL ORDER BY 1`;
    expect(waiting).toEqual([
      { file_key: `${id}/1`, source: 'library_tracks.preview_key' },
      { file_key: `${id}/2`, source: 'library_tracks.preview_key' },
      { file_key: `${id}/full`, source: 'library_tracks.file_key' },
    ]);
    await failure('OBJECT_KEY_PENDING_DELETION', service.createLibraryTrack(given));
  });

  test('an unknown track is TRACK_NOT_FOUND, and an update without fields is refused', async () => {
    const { service } = made;
    const id = randomUUID();
    expect(await failure('TRACK_NOT_FOUND', service.updateLibraryTrack({ id, genre: null }))).toMatchObject({ id });
    expect(await failure('TRACK_NOT_FOUND', service.deleteLibraryTrack({ id }))).toMatchObject({ id });
    for (const nothing of [{ id }, { id, title: undefined }]) {
      const refused = failure('INVALID_INPUT', service.updateLibraryTrack(nothing as { id: string }));
      expect(await refused).toMatchObject({ field: '', rule: 'changes' });
    }
  });

  test('a count stops at `atMost`', async () => {
    const { service } = made;
    expect(await service.countLibraryTracks()).toEqual({ count: 3, isExact: true });
    expect(await service.countLibraryTracks({ atMost: 3 })).toEqual({ count: 3, isExact: true });
    expect(await service.countLibraryTracks({ atMost: 2 })).toEqual({ count: 2, isExact: false });
    expect(await service.countLibraryTracks({ genre: 'jazz', proOnly: true })).toEqual({ count: 1, isExact: true });
    expect(await service.countLibraryTracks({ genre: 'none' })).toEqual({ count: 0, isExact: true });
    await failure('INVALID_INPUT', service.countLibraryTracks({ atMost: 0 }));
  });
});

describe('a search of the library by the beginning of the title', () => {
  const made = useService({ bootstrap: 'plain', as: 'owner' });
  const titles = ['BALLAD', 'ballad', 'Ballad of a Thin Man', 'Balls to the Wall', 'ball_', 'Étude', 'éTUDE op. 10'];
  const long = 'x'.repeat(5_000);
  beforeAll(async () => {
    for (const title of [...titles, `${long}1`, `${long}2`]) {
      await made.service.createLibraryTrack({ title, fileKey: title.slice(0, 20) });
    }
  });
  const search = async (titlePrefix: string, limit = 100) => {
    const found: string[] = [];
    let cursor: string | null = null;
    do {
      const page = await made.service.searchLibraryTracks({ titlePrefix, limit, cursor });
      found.push(...page.items.map(({ title }) => title));
      cursor = page.nextCursor;
    } while (cursor !== null);
    return found;
  };

  test.each([
    ['ball', ['ball_', 'BALLAD', 'ballad', 'Ballad of a Thin Man', 'Balls to the Wall']],
    ['BALLA', ['BALLAD', 'ballad', 'Ballad of a Thin Man']],
    ['ball_', ['ball_']],
    ['%', []],
    ['étude', ['Étude', 'éTUDE op. 10']],
    ['zz', []],
  ])('%s finds its titles whatever their case, in pages of any size', async (prefix, expected) => {
    const lower = (list: readonly string[]) => list.map((title) => title.toLowerCase());
    for (const limit of [100, 1, 2]) {
      const found = await search(prefix, limit);
      expect(lower(found)).toEqual(lower(expected));
      expect([...found].sort()).toEqual([...expected].sort());
    }
  });

  test('tracks with the same first 100 characters are each listed once', async () => {
    expect((await search('x'.repeat(100), 1)).sort()).toEqual([`${long}1`, `${long}2`]);
  });

  test.each(['', 'x'.repeat(101), '\0'])('%j is refused', async (titlePrefix) => {
    const refused = failure('INVALID_INPUT', made.service.searchLibraryTracks({ titlePrefix }));
    expect(await refused).toMatchObject({ field: 'titlePrefix' });
  });

  test('the cursor of another list is refused', async () => {
    const { nextCursor } = await made.service.listUserProfiles();
    expect(nextCursor).toBeNull();
    const other = Buffer.from('00000000-0000-0000-0000-000000000001 ').toString('base64url');
    const refused = failure('INVALID_INPUT', made.service.searchLibraryTracks({ titlePrefix: 'x', cursor: other }));
    expect(await refused).toMatchObject({ field: 'cursor' });
  });

  test('each page is an index scan without a sort, under a custom and a generic plan', async () => {
    const { sql } = made.db;
    await sql`INSERT INTO library_tracks (title, file_key) SELECT 'Filler ' || i, 'filler/' || i FROM generate_series(1, 3000) AS i`;
    await sql`ANALYZE library_tracks`;
    await sql`SET plan_cache_mode = force_generic_plan`;
    const plans: string[] = [];
    const { searchLibraryTracks } = createDatabaseService({
      ...made.database,
      run: async (statement, values) => {
        const text = statement.text.replace(/^\s*SELECT/, 'EXPLAIN SELECT');
        const plan = await sql.unsafe(text, statement.bind(values) as never[]);
        plans.push(plan.map((line) => line['QUERY PLAN']).join('\n'));
        return [];
      },
    });
    await searchLibraryTracks({ titlePrefix: 'Filler 2' });
    expect(plans).toEqual([expect.stringMatching(/Index Scan using idx_library_tracks_title/)]);
    expect(plans[0]).not.toContain('Sort');
  });
});
