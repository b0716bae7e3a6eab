import type { Scenario } from '@app/verifier';
import { ANN, BEN, CAM, COUNTERS, uploaded, uploads } from './libraryState.ts';

/** Half an hour before and after midnight of UTC, which sessions far from it take for other days. */
const [LATE, EARLY] = [`'2024-02-29T23:30:00Z'`, `'2024-03-01T00:30:00Z'`];
const BOTH = uploads(
  uploaded(BEN, 'early', 20, EARLY),
  uploaded(ANN, 'late', 1, LATE),
  uploaded(ANN, 'early-2', 4, EARLY),
  uploaded(ANN, 'late-2', 2, LATE),
);

/** `at` is a time of that UTC day which is another day there. */
const inZone = (zone: string, at: string, day: string): Scenario => ({
  name: `an upload counts for its UTC day, through every change, in a session of ${zone}`,
  steps: [
    [`SET LOCAL TimeZone = '${zone}'`, 'done'],
    [BOTH, 'done'],
    [COUNTERS, '31 2024-02-29 3, 31 2024-03-01 4, 32 2024-03-01 20'],
    // Each is then the same as one that was there, and yet they are more.
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
    [COUNTERS, '31 2024-02-29 3, 31 2024-03-01 9, 32 2024-02-29 2, 32 2024-03-01 25'],
    [`UPDATE public.uploads SET title = 'Other'`, 'done'],
    [COUNTERS, '31 2024-02-29 3, 31 2024-03-01 9, 32 2024-02-29 2, 32 2024-03-01 25'],
    [uploads(uploaded(CAM, 'alone', 1, at)), 'done'],
    [`UPDATE public.uploads SET size_bytes = 2 WHERE file_key = 'alone'`, 'done'],
    [
      `SELECT string_agg(day || ' ' || used_bytes, ', ') FROM public.upload_daily_usage WHERE user_id = ${CAM}`,
      `${day} 2`,
    ],
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

export const COUNTER_SCENARIOS: readonly Scenario[] = [
  inZone('Etc/GMT+12', EARLY, '2024-03-01'),
  inZone('Pacific/Kiritimati', LATE, '2024-02-29'),
  {
    name: 'many uploads of many days count in one statement, and are recounted in one',
    steps: [
      [
        `INSERT INTO public.uploads (user_id, file_key, content_type, size_bytes, created_at)
          SELECT u, format('%s/%s', u, n), 'audio/mpeg', n, '2024-05-05T12:00:00Z'::timestamptz - n % 3 * interval '1 day'
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
      // A counter that is gone comes back with what moves.
      [`UPDATE public.uploads SET size_bytes = size_bytes + 1 WHERE user_id = ${BEN}`, 'done'],
      [
        COUNTERS,
        '31 2024-05-03 15, 31 2024-05-04 12, 31 2024-05-05 18, 32 2024-05-03 3, 32 2024-05-04 3, 32 2024-05-05 3',
      ],
      // One whose counters are gone is deleted all the same.
      ['DELETE FROM public.upload_daily_usage', 'done'],
      [`DELETE FROM public.uploads WHERE user_id = ${BEN}`, 'done'],
      [COUNTERS, 'none'],
    ],
  },
  {
    name: 'a deleted account takes its uploads and counters with it',
    steps: [
      [BOTH, 'done'],
      [`DELETE FROM auth.users WHERE id = ${ANN}`, 'done'],
      [COUNTERS, '32 2024-03-01 20'],
    ],
  },
];
