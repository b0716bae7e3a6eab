import { randomUUID } from 'node:crypto';
import { beforeAll, describe, expect, test } from 'vitest';
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

  test('who may play what, and why', async () => {
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

  test('a preview is set, replaced and removed; the old one waits to be purged', async () => {
    const { service } = made;
    const id = randomUUID();
    await made.db.sql`INSERT INTO library_tracks (id, title, file_key) VALUES (${id}, 'New', ${id})`;

    expect(await service.setPreviewKey({ id, previewKey: `${id}/1` })).toMatchObject({ previewKey: `${id}/1` });
    expect(await service.setPreviewKey({ id, previewKey: `${id}/2` })).toMatchObject({ previewKey: `${id}/2` });
    await failure('OBJECT_KEY_PENDING_DELETION', service.setPreviewKey({ id, previewKey: `${id}/1` }));
    expect(await service.setPreviewKey({ id, previewKey: null })).toMatchObject({ previewKey: null });
    const [waiting] = await made.db.sql`
      SELECT count(*)::int AS count FROM deleted_objects WHERE file_key LIKE ${`${id}/%`} AND purged_at IS NULL`;
    expect(waiting).toEqual({ count: 2 });
    const missing = randomUUID();
    expect(await failure('TRACK_NOT_FOUND', service.setPreviewKey({ id: missing, previewKey: null }))).toMatchObject({
      id: missing,
    });
  });
});
