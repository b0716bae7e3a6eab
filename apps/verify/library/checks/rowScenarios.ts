import type { Scenario, Step } from '@app/verifier';
import { ANN, BEN, uploaded, uploads } from './libraryState.ts';

const nullIn = (statement: string): Step => [statement, 'refused: 23502: …'];

const claims = (text: string): Step => [`SET LOCAL request.jwt.claims = '${text}'`, 'done'];

/** Defaults, NOT NULL, triggers and CHECK functions of single rows, and the claims of a client. */
export const ROW_SCENARIOS: readonly Scenario[] = [
  {
    name: 'a new row has the defaults of its table',
    steps: [
      [
        `INSERT INTO public.user_profiles (user_id) VALUES (${ANN}) RETURNING concat_ws(' ', tier, created_at = now())`,
        'free t',
      ],
      [
        `INSERT INTO public.library_tracks (title, file_key) VALUES ('Track', 'new') RETURNING concat_ws(' ', is_pro_only, created_at = now())`,
        'f t',
      ],
      [
        `INSERT INTO public.deleted_objects (file_key, source) VALUES ('gone', 'uploads.file_key')
          RETURNING concat_ws(' ', attempts, deleted_at = now(), due_at = now(), num_nulls(waits_for, lease_id, last_error, failed_at, purged_at))`,
        '0 t t 5',
      ],
      [
        `INSERT INTO public.uploads (user_id, file_key, content_type, size_bytes) VALUES (${ANN}, 'new', 'audio/mpeg', 1)
          RETURNING concat_ws(' ', created_at = now(), updated_at = now(), title IS NULL)`,
        't t t',
      ],
    ],
  },
  {
    name: 'columns that decide on a quota, an access or a purge are NOT NULL',
    steps: [
      [uploads(uploaded(ANN, 'new', 1)), 'done'],
      ...['user_id', 'size_bytes', 'created_at'].map((column) => nullIn(`UPDATE public.uploads SET ${column} = NULL`)),
      ...['user_id', 'day', 'used_bytes'].map((column) =>
        nullIn(`UPDATE public.upload_daily_usage SET ${column} = NULL`),
      ),
      nullIn(`INSERT INTO public.user_profiles (user_id, tier) VALUES (${ANN}, NULL)`),
      nullIn(`INSERT INTO public.library_tracks (title, file_key, is_pro_only) VALUES ('Track', 'new', NULL)`),
      nullIn(`INSERT INTO public.library_tracks (title, file_key) VALUES ('Track', NULL)`),
      [`INSERT INTO public.deleted_objects (file_key, source) VALUES ('gone', 'uploads.file_key')`, 'done'],
      ...['file_key', 'source', 'due_at', 'attempts'].map((column) =>
        nullIn(`UPDATE public.deleted_objects SET ${column} = NULL`),
      ),
    ],
  },
  {
    name: 'the deletion of an account deletes its profile',
    steps: [
      [`INSERT INTO public.user_profiles (user_id) VALUES (${ANN})`, 'done'],
      [`DELETE FROM auth.users WHERE id = ${ANN}`, 'done'],
      [`SELECT count(*) FROM public.user_profiles WHERE user_id = ${ANN}`, '0'],
    ],
  },
  {
    name: 'an update of an upload sets updated_at to the time of its transaction',
    proves: ['function private.set_updated_at()', 'trigger uploads_set_updated_at on public.uploads'],
    steps: [
      `title = 'Other', updated_at = '2021-01-01'`,
      `title = 'Other'`,
      'size_bytes = 2',
      `content_type = 'audio/flac'`,
    ].flatMap((change, n): Step[] => [
      [
        `INSERT INTO public.uploads (user_id, file_key, content_type, size_bytes, updated_at) VALUES (${ANN}, 'dated-${n}', 'audio/mpeg', 1, '2020-01-01')`,
        'done',
      ],
      [`UPDATE public.uploads SET ${change} WHERE file_key = 'dated-${n}' RETURNING updated_at = now()`, 'true'],
    ]),
  },
  // The boundary values of each CHECK are in the cases of the tables.
  {
    name: 'the functions that CHECKs call return true, false, and NULL for NULL',
    proves: [
      'function private.is_media_type(text)',
      'function private.is_object_key(text)',
      'function private.is_upload_title(text)',
    ],
    steps: [
      ['SELECT private.is_object_key(NULL)', 'null'],
      [`SELECT private.is_object_key('k')`, 'true'],
      [`SELECT private.is_object_key('')`, 'false'],
      [`SELECT private.is_object_key(U&'caf\\00E9.mp3')`, 'true'],
      [`SELECT private.is_object_key(U&'cafe\\0301.mp3')`, 'false'],
      ['SELECT private.is_media_type(NULL)', 'null'],
      [`SELECT private.is_media_type('audio/mpeg')`, 'true'],
      [`SELECT private.is_media_type('audio')`, 'false'],
      ['SELECT private.is_upload_title(NULL)', 'null'],
      [`SELECT private.is_upload_title('t')`, 'true'],
      [`SELECT private.is_upload_title('')`, 'false'],
    ],
  },
  {
    name: 'claims select the rows that a client sees, and grant no privilege',
    steps: [
      [uploads(uploaded(ANN, 'own', 1), uploaded(BEN, 'other', 1)), 'done'],
      ['SET LOCAL ROLE authenticated', 'done'],
      claims(`{"sub": ${ANN.replaceAll("'", '"')}, "role": "service_role"}`),
      [`SELECT string_agg(file_key, ', ') FROM public.uploads`, 'own'],
      ['DELETE FROM public.uploads', 'refused: 42501: …'],
      claims('{}'),
      ['SELECT count(*) FROM public.uploads', '0'],
      claims('{'),
      ['SELECT count(*) FROM public.uploads', 'refused: 22P02: …'],
      claims('{"sub": "nobody"}'),
      ['SELECT count(*) FROM public.uploads', 'refused: 22P02: …'],
    ],
  },
];
