import type { Subject } from '../../src/check.ts';
import { literal } from '../../src/sql/statements.ts';
import { userId } from '../data/people.ts';
import { purge, unfinished } from './purge.ts';
import { outcomeOf, type Step, type Story, story } from './story.ts';

const [FIRST, SECOND] = [literal(userId(31)), literal(userId(32))];
const FIX = 'restore packages/db/src/functions by a migration (pnpm --filter @app/db generate)';

const UPLOAD = (key: string, by = FIRST) =>
  `INSERT INTO public.uploads (user_id, file_key, content_type, size_bytes) VALUES (${by}, '${key}', 'audio/mpeg', 7)`;
const TRACK = (key: string, preview?: string) =>
  `INSERT INTO public.library_tracks (title, file_key, preview_key) VALUES ('T', '${key}', ${preview === undefined ? 'NULL' : `'${preview}'`})`;

/** What the outbox holds of these stories, in the order of keys. */
const HELD = `SELECT coalesce(string_agg(concat_ws(' ', file_key, source, CASE WHEN user_id = ${FIRST} THEN 'first' WHEN user_id = ${SECOND} THEN 'second' END, size_bytes), '; ' ORDER BY file_key COLLATE "C"), 'nothing')
  FROM public.deleted_objects WHERE file_key LIKE 'story/%'`;
const held = (text: string): Step => ['asks', HELD, text];
const PENDING = (key: string) => `UP002 | the object key waits to be purged | Key (file_key)=(${key}).`;
const waits = (statement: string, key: string): Step => ['asks', outcomeOf(statement), PENDING(key)];

const STORIES: readonly Story[] = [
  {
    name: 'an upload that goes leaves its key, whatever takes it away',
    fix: FIX,
    proves: [
      'function private.track_upload_keys()',
      ...['delete', 'truncate', 'update'].map((event) => `trigger uploads_track_keys_${event} on public.uploads`),
    ],
    steps: [
      ...['story/1', 'story/2', 'story/3'].map((key): Step => ['does', UPLOAD(key)]),
      ['does', UPLOAD('story/4', SECOND)],
      held('nothing'),
      ['does', `UPDATE public.uploads SET title = 'Other'`],
      held('nothing'),
      ['does', `DELETE FROM public.uploads WHERE file_key = 'story/1'`],
      held('story/1 uploads.file_key first 7'),
      ['does', `UPDATE public.uploads SET file_key = 'story/5' WHERE file_key = 'story/2'`],
      held('story/1 uploads.file_key first 7; story/2 uploads.file_key first 7'),
      ['does', `DELETE FROM auth.users WHERE id = ${SECOND}`],
      held('story/1 uploads.file_key first 7; story/2 uploads.file_key first 7; story/4 uploads.file_key second 7'),
      ['does', 'DELETE FROM public.deleted_objects'],
      ['does', 'TRUNCATE public.uploads'],
      held('story/3 uploads.file_key first 7; story/5 uploads.file_key first 7'),
    ],
  },
  {
    name: 'a track that goes leaves its keys, whatever takes it away',
    fix: FIX,
    proves: [
      'function private.track_library_keys()',
      ...['delete', 'truncate', 'update'].map(
        (event) => `trigger library_tracks_track_keys_${event} on public.library_tracks`,
      ),
    ],
    steps: [
      ['does', TRACK('story/1', 'story/1p')],
      ['does', TRACK('story/2', 'story/2p')],
      ['does', TRACK('story/3')],
      ['does', `UPDATE public.library_tracks SET title = 'Other'`],
      held('nothing'),
      ['does', `DELETE FROM public.library_tracks WHERE file_key = 'story/1'`],
      held('story/1 library_tracks.file_key; story/1p library_tracks.preview_key'),
      ['does', 'DELETE FROM public.deleted_objects'],
      ['does', `UPDATE public.library_tracks SET preview_key = 'story/4p' WHERE file_key = 'story/2'`],
      held('story/2p library_tracks.preview_key'),
      ['does', `UPDATE public.library_tracks SET file_key = 'story/4' WHERE file_key = 'story/2'`],
      held('story/2 library_tracks.file_key; story/2p library_tracks.preview_key'),
      ['does', 'DELETE FROM public.deleted_objects'],
      ['does', 'TRUNCATE public.library_tracks'],
      held('story/3 library_tracks.file_key; story/4 library_tracks.file_key; story/4p library_tracks.preview_key'),
    ],
  },
  {
    name: 'a key that waits to be purged is not taken again, and one that was purged is',
    fix: FIX,
    proves: [
      'function private.raise_key_pending_deletion(text)',
      'function private.admit_uploads()',
      'trigger library_tracks_track_keys_insert on public.library_tracks',
    ],
    steps: [
      ['does', UPLOAD('story/1')],
      ['does', UPLOAD('story/2')],
      ['does', TRACK('story/3', 'story/3p')],
      ['does', `DELETE FROM public.uploads WHERE file_key = 'story/1'`],
      waits(UPLOAD('story/1'), 'story/1'),
      waits(`UPDATE public.uploads SET file_key = 'story/1' WHERE file_key = 'story/2'`, 'story/1'),
      waits(`SELECT public.create_upload(${FIRST}, 'story/1', 'audio/mpeg', 7)`, 'story/1'),
      waits(TRACK('story/1'), 'story/1'),
      waits(TRACK('story/4', 'story/1'), 'story/1'),
      waits(`UPDATE public.library_tracks SET file_key = 'story/1' WHERE file_key = 'story/3'`, 'story/1'),
      waits(`UPDATE public.library_tracks SET preview_key = 'story/1' WHERE file_key = 'story/3'`, 'story/1'),
      ['does', `UPDATE public.deleted_objects SET purged_at = now() WHERE file_key = 'story/1'`],
      ['does', UPLOAD('story/1')],
    ],
  },
];

/** No object of the store is forgotten: its key waits until it is purged. */
export const outbox: Subject = {
  name: 'outbox',
  startsFrom: 'migrated',
  database: 'shared',
  checks: [...STORIES.map(story), purge(), unfinished()],
};
