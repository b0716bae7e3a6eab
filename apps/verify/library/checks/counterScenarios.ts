import type { Scenario } from '@app/verifier';
import { ANN, BEN, CAM, COUNTERS, uploaded, uploads } from './libraryState.ts';

/** The last microsecond of a UTC day and the first of the next. In another time zone, both may be of one day. */
const [LATE, EARLY] = [`'2024-02-29T23:59:59.999999Z'`, `'2024-03-01T00:00:00Z'`];
const BOTH = uploads(
  uploaded(BEN, 'early', 20, EARLY),
  uploaded(ANN, 'late', 1, LATE),
  uploaded(ANN, 'early-2', 4, EARLY),
  uploaded(ANN, 'late-2', 2, LATE),
);

/** @param at a time of the UTC day `day` that is another day in the zone */
const inZone = (zone: string, at: string, day: string): Scenario => ({
  name: `an upload counts for its UTC day after every change, in a session of ${zone}`,
  proves: [
    'function private.admit_uploads()',
    'function private.count_uploads()',
    'function private.recount_user_uploads(uuid)',
    'function private.used_upload_bytes(uuid,timestamp with time zone)',
    ...['delete', 'insert', 'truncate', 'update'].map((event) => `trigger uploads_count_${event} on public.uploads`),
  ],
  steps: [
    [`SET LOCAL TimeZone = '${zone}'`, 'done'],
    [BOTH, 'done'],
    [COUNTERS, '31 2024-02-29 3, 31 2024-03-01 4, 32 2024-03-01 20'],
    // Two rows get equal values in every counted column, and both count.
    [`UPDATE public.uploads SET size_bytes = 2 WHERE file_key IN ('late', 'late-2')`, 'done'],
    [COUNTERS, '31 2024-02-29 4, 31 2024-03-01 4, 32 2024-03-01 20'],
    [`UPDATE public.uploads SET size_bytes = 1 WHERE file_key = 'late'`, 'done'],
    [uploads(uploaded(ANN, 'more', 8, LATE)), 'done'],
    [COUNTERS, '31 2024-02-29 11, 31 2024-03-01 4, 32 2024-03-01 20'],
    [`UPDATE public.uploads SET created_at = ${EARLY} WHERE file_key = 'more'`, 'done'],
    [COUNTERS, '31 2024-02-29 3, 31 2024-03-01 12, 32 2024-03-01 20'],
    [`UPDATE public.uploads SET size_bytes = size_bytes + 1 WHERE user_id = ${ANN}`, 'done'],
    [COUNTERS, '31 2024-02-29 5, 31 2024-03-01 14, 32 2024-03-01 20'],
    [`UPDATE public.uploads SET user_id = ${BEN} WHERE file_key IN ('late', 'early-2')`, 'done'],
    [COUNTERS, '31 2024-02-29 3, 31 2024-03-01 9, 32 2024-02-29 2, 32 2024-03-01 25'],
    [`UPDATE public.uploads SET id = gen_random_uuid() WHERE file_key = 'late'`, 'done'],
    [`UPDATE public.uploads SET title = 'Other'`, 'done'],
    ['DELETE FROM public.uploads WHERE false', 'done'],
    [COUNTERS, '31 2024-02-29 3, 31 2024-03-01 9, 32 2024-02-29 2, 32 2024-03-01 25'],
    [uploads(uploaded(CAM, 'alone', 1, at)), 'done'],
    [`UPDATE public.uploads SET size_bytes = 2 WHERE file_key = 'alone'`, 'done'],
    [
      `SELECT string_agg(day || ' ' || used_bytes, ', ') FROM public.upload_daily_usage WHERE user_id = ${CAM}`,
      `${day} 2`,
    ],
    // The deletion of an account deletes its uploads and counters.
    [`DELETE FROM auth.users WHERE id = ${CAM}`, 'done'],
    [`DELETE FROM public.uploads WHERE file_key IN ('early', 'more', 'late')`, 'done'],
    [COUNTERS, '31 2024-02-29 3, 31 2024-03-01 0, 32 2024-02-29 0, 32 2024-03-01 5'],
    [`UPDATE public.upload_daily_usage SET used_bytes = 999 WHERE day = '2024-02-29'`, 'done'],
    [`DELETE FROM public.upload_daily_usage WHERE user_id = ${BEN} AND day = '2024-03-01'`, 'done'],
    [`SELECT private.recount_user_uploads(${BEN})`, ''],
    [COUNTERS, '31 2024-02-29 999, 31 2024-03-01 0, 32 2024-02-29 0, 32 2024-03-01 5'],
    [`SELECT private.recount_user_uploads(${ANN})`, ''],
    [COUNTERS, '31 2024-02-29 3, 31 2024-03-01 0, 32 2024-02-29 0, 32 2024-03-01 5'],
    [`SELECT private.used_upload_bytes(${ANN}, ${LATE})`, '3'],
    [`SELECT private.used_upload_bytes(${BEN}, ${EARLY})`, '5'],
    [`SELECT private.used_upload_bytes(${BEN}, '2024-03-02T00:00:00Z')`, '0'],
    [`SELECT private.used_upload_bytes(NULL, ${EARLY})`, '0'],
    ['TRUNCATE public.uploads CASCADE', 'done'],
    [COUNTERS, 'none'],
  ],
});

const INSERT = 'INSERT INTO public.uploads (user_id, file_key, content_type, size_bytes, created_at)';

export const COUNTER_SCENARIOS: readonly Scenario[] = [
  inZone('Etc/GMT+12', EARLY, '2024-03-01'),
  inZone('Pacific/Kiritimati', LATE, '2024-02-29'),
  {
    name: 'one statement counts uploads of several users and days, and one recount restores all counters of a user',
    steps: [
      [
        `${INSERT} SELECT u, format('%s/%s', u, n), 'audio/mpeg', n, '2024-05-05T12:00:00Z'::timestamptz - n % 3 * interval '1 day'
          FROM unnest(ARRAY[${BEN}, ${ANN}]::uuid[]) AS u, generate_series(1, 9) AS n`,
        'done',
      ],
      [
        COUNTERS,
        '31 2024-05-03 15, 31 2024-05-04 12, 31 2024-05-05 18, 32 2024-05-03 15, 32 2024-05-04 12, 32 2024-05-05 18',
      ],
      ['DELETE FROM public.upload_daily_usage', 'done'],
      [`SELECT private.recount_user_uploads(${ANN})`, ''],
      [COUNTERS, '31 2024-05-03 15, 31 2024-05-04 12, 31 2024-05-05 18'],
      // An update creates a counter that is missing, with the difference of the sizes.
      [`UPDATE public.uploads SET size_bytes = size_bytes + 1 WHERE user_id = ${BEN}`, 'done'],
      [
        COUNTERS,
        '31 2024-05-03 15, 31 2024-05-04 12, 31 2024-05-05 18, 32 2024-05-03 3, 32 2024-05-04 3, 32 2024-05-05 3',
      ],
      // Uploads whose counters are missing can be deleted.
      ['DELETE FROM public.upload_daily_usage', 'done'],
      [`DELETE FROM public.uploads WHERE user_id = ${BEN}`, 'done'],
      [COUNTERS, 'none'],
    ],
  },
  {
    name: 'an upsert, a MERGE and an UPDATE of owner, day and size keep the counters right',
    steps: [
      [BOTH, 'done'],
      [`${INSERT} VALUES ${uploaded(ANN, 'late', 9, LATE)} ON CONFLICT DO NOTHING`, 'done'],
      [COUNTERS, '31 2024-02-29 3, 31 2024-03-01 4, 32 2024-03-01 20'],
      [
        `${INSERT} VALUES ${uploaded(ANN, 'late', 9, LATE)}, ${uploaded(CAM, 'new', 5, LATE)}
          ON CONFLICT (file_key) DO UPDATE SET size_bytes = excluded.size_bytes`,
        'done',
      ],
      [COUNTERS, '31 2024-02-29 11, 31 2024-03-01 4, 32 2024-03-01 20, 33 2024-02-29 5'],
      [
        `MERGE INTO public.uploads AS u USING (VALUES ('new'), ('merged')) AS s (key) ON u.file_key = s.key
          WHEN MATCHED THEN UPDATE SET size_bytes = 3
          WHEN NOT MATCHED THEN INSERT (user_id, file_key, content_type, size_bytes, created_at)
            VALUES (${BEN}, s.key, 'audio/mpeg', 6, ${LATE})`,
        'done',
      ],
      [COUNTERS, '31 2024-02-29 11, 31 2024-03-01 4, 32 2024-02-29 6, 32 2024-03-01 20, 33 2024-02-29 3'],
      [
        `UPDATE public.uploads SET created_at = created_at + interval '1 day', size_bytes = size_bytes * 2,
          user_id = CASE user_id WHEN ${ANN} THEN ${BEN}::uuid ELSE ${ANN} END`,
        'done',
      ],
      [
        COUNTERS,
        '31 2024-02-29 0, 31 2024-03-01 18, 31 2024-03-02 40, 32 2024-02-29 0, 32 2024-03-01 22, 32 2024-03-02 8, 33 2024-02-29 0',
      ],
      ['TRUNCATE auth.users CASCADE', 'done'],
      [COUNTERS, 'none'],
    ],
  },
  {
    name: 'an upload counts for its UTC day in a time zone whose clocks change by half an hour',
    steps: [
      [`SET LOCAL TimeZone = 'Australia/Lord_Howe'`, 'done'],
      [
        `${INSERT} SELECT ${ANN}, format('%s/%s', d, n), 'audio/mpeg', 1 + n, (d AT TIME ZONE 'UTC') - n * interval '1 microsecond'
          FROM unnest('{2026-04-05,2026-10-04}'::timestamp[]) AS d, generate_series(0, 1) AS n`,
        'done',
      ],
      [COUNTERS, '31 2026-04-04 2, 31 2026-04-05 1, 31 2026-10-03 2, 31 2026-10-04 1'],
    ],
  },
];
