import type { Scenario } from '@app/verifier';
import { ANN, BEN, OUTBOX, tracks, uploaded, uploads, waits } from './libraryState.ts';

const [LEASE, OTHER_LEASE] = [`'00000000-0000-4000-8000-00000000000a'`, `'00000000-0000-4000-8000-00000000000b'`];
const CLAIMED = `SELECT coalesce(string_agg(concat_ws(' ', file_key, attempts, due_at - now()), ', ' ORDER BY id), 'none')
  FROM public.claim_deleted_objects`;
const claimed = (batch = 100, seconds = 300) => `${CLAIMED}(${batch}, ${seconds})`;
const badBatch = (value: string) => `refused: 22023: batch_size must be 1 to 1000 rows, not ${value}`;
const badLease = (value: string) => `refused: 22023: lease_seconds must be 1 to 86400, not ${value}`;
const badRetry = (value: string) => `refused: 22023: retry_seconds must be 0 to 86400, not ${value}`;
const IDS = `ARRAY(SELECT id FROM public.deleted_objects WHERE file_key LIKE 'a%' OR file_key = 'purged')`;
/** For each row: the last digit of its lease, the time until it is due, its error, and whether it was purged now. */
const LEASES = `SELECT string_agg(concat_ws(' ', file_key, right(lease_id::text, 1), due_at - now(), last_error, purged_at = now()), ', ' ORDER BY file_key)
  FROM public.deleted_objects`;

/** Inserted newest first: without an ORDER BY a claim would return the rows in that order. */
const WAITING = `INSERT INTO public.deleted_objects (id, file_key, source) OVERRIDING SYSTEM VALUE
  VALUES (900003, 'c', 'uploads.file_key'), (900002, 'b', 'uploads.file_key'), (900001, 'a', 'uploads.file_key')`;

const KEYS = `SELECT string_agg(file_key, ', ' ORDER BY file_key) FROM public.deleted_objects`;
/** The number of marked rows, and the last key of them. */
const MARKED = `SELECT concat_ws(' ', count(*), max(file_key)) FROM public.deleted_objects WHERE waits_for IS NOT NULL`;
const DUE_NOW = 'UPDATE public.deleted_objects SET due_at = now() WHERE purged_at IS NULL AND lease_id IS NULL';

const onUploads = (...events: readonly string[]) =>
  events.map((event) => `trigger uploads_track_keys_${event} on public.uploads`);
const onTracks = (...events: readonly string[]) =>
  events.map((event) => `trigger library_tracks_track_keys_${event} on public.library_tracks`);

const SCENARIOS: readonly Scenario[] = [
  {
    name: 'a deleted or replaced key of an upload waits to be purged, with its owner and size',
    proves: ['function private.track_upload_keys()', ...onUploads('delete', 'update', 'truncate')],
    steps: [
      [uploads(uploaded(ANN, 'u1', 1), uploaded(ANN, 'u2', 2), uploaded(BEN, 'u3', 3)), 'done'],
      // An insert releases no key.
      [uploads(uploaded(BEN, 'u4', 4)), 'done'],
      [`UPDATE public.uploads SET title = 'Other'`, 'done'],
      [OUTBOX, 'none'],
      [`DELETE FROM public.uploads WHERE file_key = 'u1'`, 'done'],
      [OUTBOX, 'u1 u.file_key 31 1'],
      [`UPDATE public.uploads SET file_key = file_key || '-new' WHERE file_key IN ('u2', 'u3')`, 'done'],
      [OUTBOX, 'u1 u.file_key 31 1, u2 u.file_key 31 2, u3 u.file_key 32 3'],
      // A swap of two keys releases neither; the immediate unique constraint refuses it here.
      [
        `UPDATE public.uploads SET file_key = CASE file_key WHEN 'u2-new' THEN 'u4' ELSE 'u2-new' END WHERE file_key IN ('u2-new', 'u4')`,
        'refused: 23505 uploads_file_key_unique: …',
      ],
      ['TRUNCATE public.uploads CASCADE', 'done'],
      [
        OUTBOX,
        'u1 u.file_key 31 1, u2 u.file_key 31 2, u2-new u.file_key 31 2, u3 u.file_key 32 3, u3-new u.file_key 32 3, u4 u.file_key 32 4',
      ],
    ],
  },
  {
    name: 'the keys of a deleted account wait to be purged, with the id of the account',
    steps: [
      [uploads(uploaded(ANN, 'a1', 1), uploaded(BEN, 'b1', 2), uploaded(BEN, 'b2', 3)), 'done'],
      [`DELETE FROM auth.users WHERE id = ${BEN}`, 'done'],
      [OUTBOX, 'b1 u.file_key 32 2, b2 u.file_key 32 3'],
    ],
  },
  {
    name: 'the deleted or replaced keys of a track wait to be purged, each once',
    proves: ['function private.track_library_keys()', ...onTracks('delete', 'update', 'truncate')],
    steps: [
      [tracks(['f1', 'p1'], ['f2'], ['f3', 'p3'], ['f4', 'p4'], ['f5', 'f5'], ['f6', 'p4']), 'done'],
      [`UPDATE public.library_tracks SET title = 'Other'`, 'done'],
      [OUTBOX, 'none'],
      [`DELETE FROM public.library_tracks WHERE file_key IN ('f1', 'f2')`, 'done'],
      [OUTBOX, 'f1 t.file_key, f2 t.file_key, p1 t.preview_key'],
      [`UPDATE public.library_tracks SET preview_key = 'p3-new' WHERE file_key = 'f3'`, 'done'],
      [`UPDATE public.library_tracks SET file_key = 'f3-new' WHERE file_key = 'f3'`, 'done'],
      [OUTBOX, 'f1 t.file_key, f2 t.file_key, f3 t.file_key, p1 t.preview_key, p3 t.preview_key'],
      ['DELETE FROM public.deleted_objects', 'done'],
      [`UPDATE public.library_tracks SET file_key = preview_key, preview_key = file_key WHERE file_key = 'f4'`, 'done'],
      [
        `UPDATE public.library_tracks SET file_key = CASE file_key WHEN 'p4' THEN 'f3-new' ELSE 'p4' END WHERE file_key IN ('p4', 'f3-new')`,
        'done',
      ],
      [OUTBOX, 'none'],
      [`UPDATE public.library_tracks SET preview_key = NULL WHERE file_key IN ('f5', 'p4')`, 'done'],
      [OUTBOX, 'p3-new t.preview_key'],
      [`DELETE FROM public.library_tracks WHERE file_key = 'p4'`, 'done'],
      [OUTBOX, 'p3-new t.preview_key, p4 t.file_key'],
      ['TRUNCATE public.library_tracks CASCADE', 'done'],
      [
        OUTBOX,
        'f3-new t.file_key, f4 t.preview_key, f5 t.file_key, f6 t.file_key, p3-new t.preview_key, p4 t.file_key',
      ],
    ],
  },
  {
    name: 'no statement can use a key that waits to be purged; after the purge every statement can',
    proves: [
      'function private.raise_key_pending_deletion(text)',
      'function private.admit_uploads()',
      ...onTracks('insert'),
    ],
    steps: [
      [uploads(uploaded(ANN, 'gone', 1), uploaded(ANN, 'live', 1)), 'done'],
      [tracks(['file', 'preview']), 'done'],
      [`DELETE FROM public.uploads WHERE file_key = 'gone'`, 'done'],
      [uploads(uploaded(ANN, 'new', 1), uploaded(ANN, 'gone', 1)), waits('gone')],
      [`SELECT public.create_upload(${ANN}, 'gone', 'audio/mpeg', 1)`, waits('gone')],
      [`UPDATE public.uploads SET file_key = 'gone' WHERE file_key = 'live'`, waits('gone')],
      [tracks(['other'], ['gone']), waits('gone')],
      [tracks(['other', 'gone']), waits('gone')],
      [`UPDATE public.library_tracks SET file_key = 'gone'`, waits('gone')],
      [`UPDATE public.library_tracks SET preview_key = 'gone'`, waits('gone')],
      ['UPDATE public.deleted_objects SET purged_at = now()', 'done'],
      [`UPDATE public.library_tracks SET preview_key = 'gone'`, 'done'],
      [`UPDATE public.uploads SET file_key = 'gone' WHERE file_key = 'live'`, 'done'],
      // The replaced keys wait. A row that already has a waiting key may change its other columns.
      [OUTBOX, 'live u.file_key 31 1, preview t.preview_key'],
      [tracks(['gone', 'gone']), 'done'],
      [`DELETE FROM public.uploads WHERE file_key = 'gone'`, 'done'],
      [`UPDATE public.library_tracks SET title = 'Other', preview_key = NULL WHERE file_key = 'gone'`, 'done'],
      [`UPDATE public.library_tracks SET file_key = 'gone', preview_key = 'gone' WHERE file_key = 'gone'`, 'done'],
      [OUTBOX, 'gone u.file_key 31 1, live u.file_key 31 1, preview t.preview_key'],
    ],
  },
  {
    name: 'a key that waits already is not added again, whatever statement releases it',
    steps: [
      [uploads(uploaded(ANN, 'both', 1), uploaded(ANN, 'two', 1)), 'done'],
      [tracks(['both', 'two'], ['both', 'two'], ['two', 'both']), 'done'],
      [`DELETE FROM public.library_tracks WHERE file_key = 'both'`, 'done'],
      [`UPDATE public.library_tracks SET preview_key = NULL`, 'done'],
      [`UPDATE public.uploads SET file_key = 'two-new' WHERE file_key = 'two'`, 'done'],
      [`DELETE FROM public.uploads WHERE file_key = 'both'`, 'done'],
      ['TRUNCATE public.library_tracks CASCADE', 'done'],
      [uploads(uploaded(ANN, 'held', 1)), 'done'],
      [`INSERT INTO public.deleted_objects (file_key, source) VALUES ('held', 'uploads.file_key')`, 'done'],
      [`UPDATE public.uploads SET title = 'Other' WHERE file_key = 'held'`, 'done'],
      ['TRUNCATE public.uploads CASCADE', 'done'],
      [KEYS, 'both, held, two, two-new'],
    ],
  },
  {
    name: 'a claim returns waiting rows oldest first, with a lease that expires',
    proves: ['function public.claim_deleted_objects(integer,integer)'],
    steps: [
      [WAITING, 'done'],
      [claimed(1), 'a 1 00:05:00'],
      [claimed(1, 86_400), 'b 1 1 day'],
      [claimed(1000, 1), 'c 1 00:00:01'],
      [claimed(), 'none'],
      [`UPDATE public.deleted_objects SET due_at = now() + interval '1 microsecond' WHERE file_key = 'a'`, 'done'],
      [claimed(), 'none'],
      [`UPDATE public.deleted_objects SET due_at = now() WHERE file_key = 'a'`, 'done'],
      [claimed(), 'a 2 00:05:00'],
      [`UPDATE public.deleted_objects SET due_at = now() WHERE file_key = 'b'`, 'done'],
      [`SELECT count(DISTINCT lease_id) FROM public.deleted_objects`, '3'],
      [
        `SELECT string_agg(concat_ws(' ', file_key, attempts, due_at - now()), ', ') FROM public.claim_deleted_objects()`,
        'b 2 00:05:00',
      ],
      ['UPDATE public.deleted_objects SET purged_at = now(), lease_id = NULL, due_at = now()', 'done'],
      [claimed(), 'none'],
    ],
  },
  {
    name: 'a claim marks at most ten batches, oldest first, and returns 100 rows by default',
    steps: [
      [
        `INSERT INTO public.deleted_objects (id, file_key, source) OVERRIDING SYSTEM VALUE
          SELECT 900000 + n, format('k%s', lpad(n::text, 3, '0')), 'uploads.file_key' FROM generate_series(130, 1, -1) AS n`,
        'done',
      ],
      [claimed(1), 'k001 1 00:05:00'],
      [MARKED, '10 k010'],
      [`SELECT concat_ws(' ', count(*), max(file_key)) FROM public.claim_deleted_objects(2)`, '2 k003'],
      [MARKED, '30 k030'],
      [`SELECT concat_ws(' ', count(*), max(file_key)) FROM public.claim_deleted_objects()`, '100 k103'],
    ],
  },
  {
    name: 'a claim returns neither a key that a row uses nor a purged key',
    steps: [
      [uploads(uploaded(ANN, 'upload', 1)), 'done'],
      [tracks(['file', 'preview']), 'done'],
      [
        `INSERT INTO public.deleted_objects (file_key, source, purged_at)
        VALUES ('upload', 'uploads.file_key', NULL), ('file', 'uploads.file_key', NULL), ('preview', 'uploads.file_key', NULL),
          ('purged', 'uploads.file_key', now()), ('free', 'uploads.file_key', NULL)`,
        'done',
      ],
      [claimed(1), 'free 1 00:05:00'],
      // A key in use is due again after the length of a lease, and delays no other row.
      [
        `SELECT string_agg(file_key || ' ' || (due_at - now()), ', ' ORDER BY file_key) FROM public.deleted_objects WHERE lease_id IS NULL AND purged_at IS NULL`,
        'file 00:05:00, preview 00:05:00, upload 00:05:00',
      ],
      [
        `SELECT string_agg(file_key, ', ' ORDER BY file_key) FROM public.deleted_objects WHERE waits_for IS NULL`,
        'purged',
      ],
      [`UPDATE public.library_tracks SET preview_key = NULL`, 'done'],
      [DUE_NOW, 'done'],
      [claimed(), 'preview 1 00:05:00'],
      [`UPDATE public.library_tracks SET file_key = 'other'`, 'done'],
      [DUE_NOW, 'done'],
      [claimed(), 'file 1 00:05:00'],
      ['DELETE FROM public.uploads', 'done'],
      [DUE_NOW, 'done'],
      [claimed(), 'upload 1 00:05:00'],
    ],
  },
  {
    name: 'only the holder of the lease can mark or release a row, and only before the purge',
    proves: [
      'function public.mark_objects_purged(uuid,bigint[])',
      'function public.release_deleted_objects(uuid,bigint[],text,integer)',
    ],
    steps: [
      [
        `INSERT INTO public.deleted_objects (file_key, source, lease_id, purged_at, last_error) VALUES
          ('a1', 'uploads.file_key', ${LEASE}, NULL, NULL), ('a2', 'uploads.file_key', ${LEASE}, NULL, 'before'),
          ('a3', 'uploads.file_key', ${OTHER_LEASE}, NULL, NULL), ('b', 'uploads.file_key', ${LEASE}, NULL, NULL),
          ('purged', 'uploads.file_key', ${LEASE}, '2024-01-01', NULL)`,
        'done',
      ],
      [`SELECT public.release_deleted_objects(${LEASE}, ${IDS}, repeat('e', 1001), 60)`, '2'],
      [`SELECT max(length(last_error)) FROM public.deleted_objects`, '1000'],
      [
        LEASES,
        `a1 00:01:00 ${'e'.repeat(1000)}, a2 00:01:00 ${'e'.repeat(1000)}, a3 b 00:00:00, b a 00:00:00, purged a 00:00:00 f`,
      ],
      [`UPDATE public.deleted_objects SET lease_id = ${LEASE}, last_error = 'before' WHERE file_key = 'a1'`, 'done'],
      [`SELECT public.release_deleted_objects(${LEASE}, ${IDS}, NULL, 0)`, '1'],
      [LEASES, `a1 00:00:00 before, a2 00:01:00 ${'e'.repeat(1000)}, a3 b 00:00:00, b a 00:00:00, purged a 00:00:00 f`],
      [
        `UPDATE public.deleted_objects SET lease_id = ${LEASE}, last_error = 'kept' WHERE file_key IN ('a1', 'a2')`,
        'done',
      ],
      [`SELECT public.release_deleted_objects(${LEASE}, ${IDS}, NULL, 86400)`, '2'],
      [LEASES, `a1 1 day kept, a2 1 day kept, a3 b 00:00:00, b a 00:00:00, purged a 00:00:00 f`],
      [`UPDATE public.deleted_objects SET lease_id = ${LEASE} WHERE file_key IN ('a1', 'a2')`, 'done'],
      [`SELECT public.mark_objects_purged(${LEASE}, ${IDS})`, '2'],
      [LEASES, `a1 1 day kept t, a2 1 day kept t, a3 b 00:00:00, b a 00:00:00, purged a 00:00:00 f`],
      [`SELECT public.mark_objects_purged(NULL, ${IDS})`, '0'],
      [`SELECT public.release_deleted_objects(NULL, ${IDS})`, '0'],
    ],
  },
  {
    name: 'a released row is due after one minute, doubled for each attempt up to a day, and fails after the sixteenth attempt',
    proves: [
      'function public.release_deleted_objects(uuid,bigint[],text,integer)',
      'function public.retry_failed_objects(bigint[])',
    ],
    steps: [
      [
        `INSERT INTO public.deleted_objects (file_key, source, lease_id, attempts, waits_for)
          SELECT 'a' || lpad(n::text, 2, '0'), 'uploads.file_key', ${LEASE}, n, '{}' FROM unnest('{1,2,3,11,12,15,16,17}'::int[]) AS n`,
        'done',
      ],
      [`SELECT public.release_deleted_objects(${LEASE}, ${IDS}, 'refused')`, '8'],
      [
        `SELECT string_agg(concat_ws(' ', file_key, extract(epoch FROM due_at - now())::int, failed_at = now()), ', ' ORDER BY file_key) FROM public.deleted_objects`,
        'a01 60, a02 120, a03 240, a11 61440, a12 86400, a15 86400, a16 86400 t, a17 86400 t',
      ],
      ['UPDATE public.deleted_objects SET due_at = now()', 'done'],
      [
        `SELECT string_agg(file_key, ', ' ORDER BY file_key) FROM public.claim_deleted_objects()`,
        'a01, a02, a03, a11, a12, a15',
      ],
      [`SELECT public.retry_failed_objects(ARRAY(SELECT id FROM public.deleted_objects))`, '2'],
      [`SELECT public.retry_failed_objects(ARRAY(SELECT id FROM public.deleted_objects))`, '0'],
      [claimed(), 'a16 1 00:05:00, a17 1 00:05:00'],
      // A claim without a later call of its worker also counts as an attempt.
      [`UPDATE public.deleted_objects SET attempts = 16, due_at = now() WHERE file_key = 'a16'`, 'done'],
      [claimed(), 'none'],
      [`SELECT string_agg(file_key, ', ') FROM public.deleted_objects WHERE failed_at = now()`, 'a16'],
      [uploads(uploaded(ANN, 'a16', 1)), waits('a16')],
    ],
  },
  {
    name: 'a claim returns rows in the order of due_at, whatever their ids',
    steps: [
      [
        `INSERT INTO public.deleted_objects (id, file_key, source, due_at) OVERRIDING SYSTEM VALUE
          SELECT 900000 + n, 'k' || n, 'uploads.file_key', now() - n * interval '1 minute' FROM generate_series(1, 3) AS n`,
        'done',
      ],
      [`SELECT count(*) FROM public.claim_deleted_objects(1) WHERE file_key = 'k3'`, '1'],
      [`SELECT count(*) FROM public.claim_deleted_objects(1) WHERE file_key = 'k2'`, '1'],
    ],
  },
  {
    name: 'failed rows delay no other row',
    steps: [
      [
        `INSERT INTO public.deleted_objects (file_key, source, attempts, waits_for, failed_at, due_at)
          SELECT 'failed-' || n, 'uploads.file_key', 16, '{}', now(), now() - interval '1 day' FROM generate_series(1, 20) AS n`,
        'done',
      ],
      [WAITING, 'done'],
      [claimed(1), 'a 1 00:05:00'],
      [claimed(), 'b 1 00:05:00, c 1 00:05:00'],
    ],
  },
  {
    name: 'an id collision in the outbox rolls the deletion back, and no key is lost',
    proves: ['function private.track_upload_keys()', 'function private.track_library_keys()'],
    steps: [
      [uploads(uploaded(ANN, 'u1', 1)), 'done'],
      [tracks(['f1', 'p1']), 'done'],
      // Other rows have the next ids. The sequence itself is not changed, because no rollback would restore it.
      [
        `INSERT INTO public.deleted_objects (id, file_key, source) OVERRIDING SYSTEM VALUE
          SELECT s.last_value + n, 'taken-' || n, 'uploads.file_key' FROM public.deleted_objects_id_seq AS s, generate_series(1, 100) AS n`,
        'done',
      ],
      ['DELETE FROM public.uploads', 'refused: 23505 deleted_objects_pkey: …'],
      [`UPDATE public.uploads SET file_key = 'new'`, 'refused: 23505 deleted_objects_pkey: …'],
      ['TRUNCATE public.uploads CASCADE', 'refused: 23505 deleted_objects_pkey: …'],
      ['DELETE FROM public.library_tracks', 'refused: 23505 deleted_objects_pkey: …'],
      [`UPDATE public.library_tracks SET preview_key = NULL`, 'refused: 23505 deleted_objects_pkey: …'],
      ['TRUNCATE public.library_tracks CASCADE', 'refused: 23505 deleted_objects_pkey: …'],
      ['SELECT count(*) FROM public.uploads', '1'],
      [`DELETE FROM public.deleted_objects WHERE file_key LIKE 'taken-%'`, 'done'],
      ['DELETE FROM public.uploads', 'done'],
      [OUTBOX, 'u1 u.file_key 31 1'],
    ],
  },
  {
    name: 'a key is known while it is in use or waits to be purged; one call takes up to 1,000 keys',
    proves: ['function public.find_known_object_keys(text[])'],
    steps: [
      [uploads(uploaded(ANN, 'upload', 1), uploaded(ANN, 'gone', 1), uploaded(ANN, 'purged', 1)), 'done'],
      [tracks(['file', 'preview']), 'done'],
      [`DELETE FROM public.uploads WHERE file_key IN ('gone', 'purged')`, 'done'],
      [`UPDATE public.deleted_objects SET purged_at = now() WHERE file_key = 'purged'`, 'done'],
      [
        `SELECT string_agg(known, ', ' ORDER BY known) FROM public.find_known_object_keys('{upload,upload,gone,purged,file,preview,unknown,NULL}') AS known`,
        'file, gone, preview, upload',
      ],
      [`SELECT count(*) FROM public.find_known_object_keys('{}')`, '0'],
      [`SELECT count(*) FROM public.find_known_object_keys(array_fill('file'::text, '{1000}'))`, '1'],
      [
        `SELECT count(*) FROM public.find_known_object_keys(array_fill('file'::text, '{1001}'))`,
        'refused: 22023: file_keys must be at most 1000 keys, not 1001',
      ],
      [
        `SELECT count(*) FROM public.find_known_object_keys(NULL)`,
        'refused: 22023: file_keys must be at most 1000 keys, not null',
      ],
    ],
  },
  {
    name: 'an invalid argument of an outbox function raises 22023 and names the argument',
    steps: [
      [claimed(0), badBatch('0')],
      [claimed(1001), badBatch('1001')],
      [`${CLAIMED}(NULL)`, badBatch('null')],
      [`${CLAIMED}(1, NULL)`, badLease('null')],
      [claimed(1, 0), badLease('0')],
      [claimed(1, 86_401), badLease('86401')],
      [claimed(1, 86_400), 'none'],
      [claimed(1000, 1), 'none'],
      [`SELECT public.release_deleted_objects(${LEASE}, '{}', NULL, -1)`, badRetry('-1')],
      [`SELECT public.release_deleted_objects(${LEASE}, '{}', NULL, 86401)`, badRetry('86401')],
    ],
  },
];

/** Each scenario begins without the legacy tracks and with an empty outbox. */
export const OUTBOX_SCENARIOS: readonly Scenario[] = SCENARIOS.map((scenario) => ({
  ...scenario,
  steps: [
    ['DELETE FROM public.library_tracks', 'done'],
    ['DELETE FROM public.deleted_objects', 'done'],
    ...scenario.steps,
  ],
}));
