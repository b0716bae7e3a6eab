import type { Edit } from './edits.ts';

/** A developer's mistake, made in the source and in the migrations alike, and the check that must fail. */
export interface Mistake {
  /** A sentence. */
  readonly name: string;
  readonly edits: readonly Edit[];
  /** The subject of the check; never `source`, which compares the source with the migrations. */
  readonly subject: string;
  readonly check: string;
}

const schema = (from: string, to: string, migration?: string): Edit => ({
  of: 'schema',
  from,
  to,
  ...(migration && { migration }),
});
const edit = (of: string, from: string, to: string): Edit => ({ of, from, to });

type Named = readonly [name: string, check: string, ...edits: Edit[]];

function failing(subject: string, mistakes: readonly Named[]): Mistake[] {
  return mistakes.map(([name, check, ...edits]) => ({ name, edits, subject, check }));
}

const FILLS = 'create_upload admits bytes up to the quota of the UTC day and reports the rest, in a session of';
const AGAIN = 'a repeated create_upload returns the same upload, whatever the quota';
const DEFAULTS = 'create_upload defaults to a quota of 100,000,000 bytes, no title and the current time';
const BY_UTC_DAY = 'an upload counts for its UTC day after every change, in a session of';
const UPLOAD_KEYS = 'a deleted or replaced key of an upload waits to be purged, with its owner and size';
const TRACK_KEYS = 'the deleted or replaced keys of a track wait to be purged, each once';
const COLLISION = 'an id collision in the outbox rolls the deletion back, and no key is lost';
const BACKOFF =
  'a released row is due after one minute, doubled for each attempt up to a day, and fails after the sixteenth attempt';
const LEASES = 'only the holder of the lease can mark or release a row, and only before the purge';
const OLDEST = 'a claim returns waiting rows oldest first, with a lease that expires';
const IN_USE = 'a claim returns neither a key that a row uses nor a purged key';
const RULES_HOSTILE =
  'the functions that CHECKs call return true, false, and NULL for NULL, with a hostile search_path';

/** How track_upload_keys adds the keys of deleted uploads. */
const DELETED_KEYS = (end: string) => `        FROM old_rows AS o\n${end};\n      RETURN NULL;`;
const IN_ORDER = '       ORDER BY o.file_key\n';
const ARBITER = '          ON CONFLICT (file_key) WHERE purged_at IS NULL DO NOTHING';

const QUOTA: readonly Mistake[] = [
  ...failing('behaviour', [
    [
      'create_upload has a default quota of 100 MiB',
      DEFAULTS,
      edit('create_upload', 'quota_limit bigint DEFAULT 100000000', 'quota_limit bigint DEFAULT 104857600'),
    ],
    [
      'create_upload refuses the last byte before it locks the counter',
      FILLS,
      edit('create_upload', 'create_upload.size_bytes <= quota_limit -', 'create_upload.size_bytes < quota_limit -'),
    ],
    [
      'create_upload refuses the last byte after it locked the counter',
      FILLS,
      edit('create_upload', 'IF used > quota_limit THEN', 'IF used >= quota_limit THEN'),
    ],
    [
      "create_upload counts by the day of the session's time zone",
      FILLS,
      edit('create_upload', "date := (now() AT TIME ZONE 'UTC')::date", 'date := current_date'),
    ],
    [
      'a repeated create_upload does not compare the owner',
      AGAIN,
      edit('create_upload', '\n     AND f.user_id = create_upload.user_id', ''),
    ],
    [
      'the refusal for the quota reports a negative number of remaining bytes',
      FILLS,
      edit('raise_quota_exceeded', 'greatest(quota_limit - used, 0)', 'quota_limit - used'),
    ],
  ]),
  ...failing('counters', [
    [
      'create_upload does not read the counter again after the lock',
      '32 concurrent uploads fill the quota and do not exceed it, at READ COMMITTED',
      edit('create_upload', 'IF used > quota_limit THEN', 'IF NOT FOUND THEN'),
    ],
  ]),
  ...failing('check_user_upload_quota', [
    [
      'check_user_upload_quota refuses a file that fills the limit',
      'without uploads, a file up to the limit fits',
      edit('check_user_upload_quota', 'RETURN file_size <= quota_limit', 'RETURN file_size < quota_limit'),
    ],
    [
      'check_user_upload_quota adds two sizes, and a large sum overflows',
      'the largest sizes do not overflow',
      edit(
        'check_user_upload_quota',
        'file_size <= quota_limit - private.used_upload_bytes(user_id, now())',
        'private.used_upload_bytes(user_id, now()) + file_size <= quota_limit',
      ),
    ],
    [
      'the used bytes of a user without uploads are NULL',
      'without uploads, a file up to the limit fits',
      edit('used_upload_bytes', 'RETURN coalesce((', 'RETURN ('),
      edit('used_upload_bytes', '  ), 0);', '  );'),
    ],
    [
      "the used bytes are counted by the day of the session's time zone",
      'the day is the UTC day in a session of',
      edit('used_upload_bytes', "(as_of AT TIME ZONE 'UTC')::date", 'as_of::date'),
    ],
  ]),
  ...failing("the PRD's objects", [
    [
      'check_user_upload_quota has a default quota of 100 MiB',
      'function check_user_upload_quota(uuid,bigint,bigint)',
      edit('check_user_upload_quota', 'quota_limit bigint DEFAULT 100000000', 'quota_limit bigint DEFAULT 104857600'),
    ],
  ]),
];

const COUNTERS: readonly Mistake[] = [
  ...failing('behaviour', [
    [
      "an upload counts for the day of the session's time zone",
      BY_UTC_DAY,
      edit(
        'admit_uploads',
        "(n.created_at AT TIME ZONE 'UTC')::date, n.size_bytes",
        'n.created_at::date, n.size_bytes',
      ),
    ],
    [
      "an upload that moves to another day is counted for the day of the session's time zone",
      BY_UTC_DAY,
      edit('count_uploads', "(n.created_at AT TIME ZONE 'UTC')::date AS day", 'n.created_at::date AS day'),
    ],
    [
      "a recount counts by the day of the session's time zone",
      BY_UTC_DAY,
      edit('recount_user_uploads', ">= held.day::timestamp AT TIME ZONE 'UTC'", '>= held.day'),
    ],
    [
      'a second upload of the day replaces the counter',
      BY_UTC_DAY,
      edit(
        'admit_uploads',
        'd.purged_at IS NULL) IS NULL\n        ON CONFLICT (user_id, day) DO UPDATE SET used_bytes = u.used_bytes + excluded',
        'd.purged_at IS NULL) IS NULL\n        ON CONFLICT (user_id, day) DO UPDATE SET used_bytes = excluded',
      ),
    ],
    [
      'no trigger counts a TRUNCATE of uploads',
      BY_UTC_DAY,
      edit(
        'uploads_count',
        `CREATE OR REPLACE TRIGGER uploads_count_truncate
  AFTER TRUNCATE ON public.uploads
  FOR EACH STATEMENT
  EXECUTE FUNCTION private.count_uploads();`,
        '',
      ),
    ],
    [
      'a recount does not change the counter of a day without uploads',
      BY_UTC_DAY,
      edit('recount_user_uploads', 'coalesce(sum(f.size_bytes), 0)', 'sum(f.size_bytes)'),
    ],
  ]),
  ...failing('concurrency', [
    [
      'an insert locks the later days first',
      'an insert of uploads locks counters in the order of their days',
      edit('admit_uploads', 'ORDER BY n.user_id, day', 'ORDER BY n.user_id, day DESC'),
    ],
    [
      'a deletion locks the later days first',
      'a deletion of uploads locks counters in the order of their days',
      edit('count_uploads', 'ORDER BY o.user_id, day', 'ORDER BY o.user_id, day DESC'),
    ],
    [
      'an update locks the later days first',
      'an update of uploads locks counters in the order of their days',
      edit('count_uploads', 'ORDER BY m.user_id, m.day', 'ORDER BY m.user_id, m.day DESC'),
    ],
    [
      'a change of title locks the counter',
      'a statement waits for a locked counter only if it changes bytes of that user within the quota',
      edit('count_uploads', '\n      HAVING sum(m.bytes) <> 0', ''),
    ],
    [
      'a recount locks counters in no order',
      'a recount locks counters in the order of their days',
      edit('recount_user_uploads', '\n     ORDER BY u.day', ''),
    ],
    [
      'a recount writes the counter of a day that it has not locked',
      'a recount does not change the counter of a day whose first upload is inserted meanwhile',
      edit('recount_user_uploads', 'u.day = held.day;', 'u.day >= held.day;'),
    ],
  ]),
];

const ACCESS: readonly Mistake[] = failing('check_library_access', [
  [
    'a track with is_pro_only NULL is free',
    'a track with is_pro_only NULL is for paid tiers only',
    edit('check_library_access', 'coalesce(t.is_pro_only, true)', 'coalesce(t.is_pro_only, false)'),
  ],
  [
    'an unknown tier may play pro tracks',
    'an unknown tier is not a paid tier',
    edit('check_library_access', "p.tier IN ('pro', 'enterprise')", "p.tier <> 'free'"),
  ],
  [
    'the tier enterprise may not play pro tracks',
    'who may play a pro track',
    edit('check_library_access', "p.tier IN ('pro', 'enterprise')", "p.tier = 'pro'"),
  ],
  [
    'a user without a profile gets NULL',
    'who may play a pro track',
    edit(
      'check_library_access',
      `EXISTS (
    SELECT 1
      FROM public.user_profiles AS p
     WHERE p.user_id = check_library_access.user_id
       AND p.tier IN ('pro', 'enterprise')
  )`,
      `(
    SELECT p.tier IN ('pro', 'enterprise')
      FROM public.user_profiles AS p
     WHERE p.user_id = check_library_access.user_id
  )`,
    ),
  ],
  [
    'pro may play a track that does not exist',
    'who may play a missing track',
    edit('check_library_access', '  IF NOT FOUND THEN\n    RETURN false;\n  END IF;\n', ''),
  ],
  [
    "check_library_access looks tables up by its caller's search_path",
    "the caller's temporary tables do not shadow the project's tables",
    edit('check_library_access', "\nSET search_path = ''", ''),
    edit('check_library_access', 'FROM public.user_profiles', 'FROM user_profiles'),
  ],
]);

const PRIVILEGES = 'functions, sequences and schemas';
const GRANTED = 'no role holds a privilege on a table that no rule allows';

const SECURITY: readonly Mistake[] = [
  ...failing('access', [
    [
      'the policy of uploads shows every row',
      'table uploads',
      schema(
        `FOR SELECT TO "authenticated" USING ((select auth.uid()) = "uploads"."user_id")`,
        `FOR SELECT TO "authenticated" USING (true)`,
      ),
    ],
    [
      'the policy of uploads is for anon',
      'table uploads',
      schema(
        `ON "uploads" AS PERMISSIVE FOR SELECT TO "authenticated"`,
        `ON "uploads" AS PERMISSIVE FOR SELECT TO "anon"`,
      ),
    ],
    [
      'with a grant on the column, an owner may change the owner of an upload',
      'table uploads: row security when everything is granted',
      schema(
        `USING ((select auth.uid()) = "uploads"."user_id") WITH CHECK ((select auth.uid()) = "uploads"."user_id")`,
        `USING ((select auth.uid()) = "uploads"."user_id") WITH CHECK (true)`,
      ),
    ],
    [
      'profiles have no row security',
      'table user_profiles',
      schema('ALTER TABLE "user_profiles" ENABLE ROW LEVEL SECURITY;', ''),
    ],
    [
      'authenticated may insert uploads',
      'table uploads',
      edit('uploads_grants', 'GRANT SELECT ON', 'GRANT SELECT, INSERT ON'),
    ],
    [
      'anon may read the keys of tracks',
      'table library_tracks',
      edit('library_tracks_grants', 'duration_ms, is_pro_only', 'duration_ms, file_key, is_pro_only'),
    ],
    [
      'anon may delete tracks',
      GRANTED,
      edit(
        'library_tracks_grants',
        'GRANT SELECT, INSERT',
        'GRANT DELETE ON TABLE public.library_tracks TO anon;\nGRANT SELECT, INSERT',
      ),
    ],
    [
      'the privileges that Supabase gives on profiles are not revoked',
      GRANTED,
      edit(
        'user_profiles_grants',
        'REVOKE ALL ON TABLE public.user_profiles FROM PUBLIC, anon, authenticated, service_role;\n',
        '',
      ),
    ],
    [
      'the sequence of the outbox keeps the privileges that Supabase gives',
      PRIVILEGES,
      edit(
        'deleted_objects_grants',
        'REVOKE ALL ON SEQUENCE public.deleted_objects_id_seq FROM PUBLIC, anon, authenticated, service_role;\n',
        '',
      ),
    ],
    [
      'authenticated has USAGE on the schema private',
      PRIVILEGES,
      edit(
        'private_schema',
        'REVOKE ALL ON SCHEMA private FROM PUBLIC, anon, authenticated, service_role;',
        'GRANT USAGE ON SCHEMA private TO authenticated;',
      ),
    ],
  ]),
  ...failing('security', [
    [
      'PUBLIC may execute create_upload',
      'no SECURITY DEFINER function is open to anon, authenticated or PUBLIC',
      edit('create_upload', 'uuid) TO service_role;', 'uuid) TO service_role, PUBLIC;'),
    ],
    [
      'claim_deleted_objects is SECURITY DEFINER and has no search_path',
      "no SECURITY DEFINER function uses its caller's search_path",
      edit('claim_deleted_objects', "\nSET search_path = ''", ''),
    ],
    [
      'count_uploads names its tables by a search_path of public',
      'every function has an empty search_path',
      edit('count_uploads', "SET search_path = ''", 'SET search_path = public'),
    ],
    [
      'a policy calls auth.uid() for each row',
      'no policy calls auth.* or current_setting for each row',
      schema(
        `USING ((select auth.uid()) = "user_profiles"."user_id")`,
        `USING (auth.uid() = "user_profiles"."user_id")`,
      ),
    ],
    [
      'the outbox has row security and no policy',
      'every table with row security has a policy',
      schema(
        `CREATE POLICY "deleted_objects_no_client" ON "deleted_objects" AS PERMISSIVE FOR ALL TO "anon", "authenticated" USING (false) WITH CHECK (false);`,
        '',
      ),
    ],
  ]),
  ...failing('behaviour', [
    [
      'is_object_key uses an operator that its caller may shadow',
      RULES_HOSTILE,
      edit(
        'is_object_key',
        'IF pg_catalog.octet_length(value) OPERATOR(pg_catalog.=) pg_catalog',
        'IF pg_catalog.octet_length(value) = pg_catalog',
      ),
    ],
    [
      'is_upload_title calls a function that its caller may shadow',
      RULES_HOSTILE,
      edit('is_upload_title', 'RETURN pg_catalog.char_length(value)', 'RETURN char_length(value)'),
    ],
  ]),
];

const CONSTRAINTS: readonly Mistake[] = [
  ...failing('tables', [
    [
      'the largest size of the store is refused',
      'uploads: uploads_size_bytes_check',
      schema('"uploads"."size_bytes" <= 5492189429760', '"uploads"."size_bytes" < 5492189429760'),
    ],
    [
      'an upload of 0 bytes is admitted',
      'uploads: uploads_size_bytes_positive',
      schema('"uploads"."size_bytes" > 0', '"uploads"."size_bytes" >= 0'),
    ],
    [
      'the length of a key is counted in characters',
      'uploads: uploads_file_key_check',
      edit(
        'is_object_key',
        'RETURN pg_catalog.octet_length(value) OPERATOR(pg_catalog.<=) 1024 AND',
        'RETURN pg_catalog.char_length(value) OPERATOR(pg_catalog.<=) 1024 AND',
      ),
    ],
    [
      'a key of 1,025 bytes is admitted',
      'uploads: uploads_file_key_check',
      edit('is_object_key', 'OPERATOR(pg_catalog.<=) 1024;', 'OPERATOR(pg_catalog.<=) 1025;'),
    ],
    [
      'a key that is not in Normalization Form C is admitted',
      'uploads: uploads_file_key_check',
      edit('is_object_key', ' AND value IS NFC NORMALIZED', ''),
    ],
    [
      'a track may have a key of 1,025 bytes',
      'library_tracks: library_tracks_file_key_check',
      schema('octet_length("library_tracks"."file_key") <= 1024', 'octet_length("library_tracks"."file_key") <= 1025'),
    ],
    [
      'a track may have a preview key that is not in Normalization Form C',
      'library_tracks: library_tracks_preview_key_check',
      schema(' OR "library_tracks"."preview_key" IS NFC NORMALIZED', ' OR true'),
    ],
    [
      'a title of 500 characters is refused',
      'uploads: uploads_title_check',
      edit('is_upload_title', 'OPERATOR(pg_catalog.<=) 500', 'OPERATOR(pg_catalog.<) 500'),
    ],
    [
      'a type of 128 characters is admitted',
      'uploads: uploads_content_type_check',
      edit('is_media_type', 'OPERATOR(pg_catalog.<=) 128', 'OPERATOR(pg_catalog.<=) 129'),
    ],
    [
      'a time of infinity is admitted',
      'uploads: uploads_created_at_check',
      schema('CHECK (isfinite("uploads"."created_at"))', 'CHECK ("uploads"."created_at" IS NOT NULL)'),
    ],
    [
      'one more tier is admitted',
      'user_profiles: user_profiles_tier_check',
      schema(
        `IN ('free', 'pro', 'enterprise')`,
        `IN ('free', 'pro', 'enterprise', 'admin')`,
        `ALTER TABLE user_profiles DROP CONSTRAINT user_profiles_tier_check, ADD CONSTRAINT user_profiles_tier_check CHECK (tier IN ('free', 'pro', 'enterprise', 'admin'))`,
      ),
    ],
    [
      'a purged key cannot wait again',
      'deleted_objects: idx_deleted_objects_file_key',
      schema(
        `CREATE UNIQUE INDEX "idx_deleted_objects_file_key" ON "deleted_objects" USING btree ("file_key") WHERE "deleted_objects"."purged_at" IS NULL;`,
        `CREATE UNIQUE INDEX "idx_deleted_objects_file_key" ON "deleted_objects" USING btree ("file_key");`,
      ),
    ],
  ]),
  ...failing("the PRD's objects", [
    [
      'the key of an upload is not unique',
      'constraint uploads_file_key_unique on uploads',
      schema('	CONSTRAINT "uploads_file_key_unique" UNIQUE("file_key"),\n', ''),
    ],
    [
      'an upload prevents the deletion of its account',
      'constraint uploads_user_id_fkey on uploads',
      schema(
        'CONSTRAINT "uploads_user_id_fkey" FOREIGN KEY ("user_id") REFERENCES "auth"."users"("id") ON DELETE cascade',
        'CONSTRAINT "uploads_user_id_fkey" FOREIGN KEY ("user_id") REFERENCES "auth"."users"("id") ON DELETE restrict',
      ),
    ],
    [
      'the content type of an upload may be null',
      'column uploads.content_type',
      schema('"content_type" text NOT NULL', '"content_type" text'),
    ],
  ]),
  ...failing('behaviour', [
    [
      'a profile prevents the deletion of its account',
      'the deletion of an account deletes its profile',
      schema(
        'CONSTRAINT "user_profiles_user_id_fkey" FOREIGN KEY ("user_id") REFERENCES "auth"."users"("id") ON DELETE cascade',
        'CONSTRAINT "user_profiles_user_id_fkey" FOREIGN KEY ("user_id") REFERENCES "auth"."users"("id") ON DELETE restrict',
        'ALTER TABLE user_profiles DROP CONSTRAINT user_profiles_user_id_fkey, ADD CONSTRAINT user_profiles_user_id_fkey FOREIGN KEY (user_id) REFERENCES auth.users (id) ON DELETE restrict',
      ),
    ],
    [
      'a new profile has the tier pro',
      'a new row has the defaults of its table',
      schema(
        `"tier" text DEFAULT 'free'`,
        `"tier" text DEFAULT 'pro'`,
        `ALTER TABLE user_profiles ALTER tier SET DEFAULT 'pro'`,
      ),
    ],
    [
      'a counter may be null',
      'columns that decide on a quota, an access or a purge are NOT NULL',
      schema('"used_bytes" bigint NOT NULL', '"used_bytes" bigint'),
    ],
  ]),
  ...failing('indexes', [
    [
      "the index of a user's uploads begins with the time",
      'idx_uploads_user_id_created_at_id',
      schema('("user_id","created_at","id")', '("created_at","user_id","id")'),
    ],
    [
      'the index of a genre begins with the time',
      'idx_library_tracks_genre_created_at_id',
      schema('("genre","created_at","id")', '("created_at","genre","id")'),
    ],
    [
      'the index of due rows begins with the id',
      'idx_deleted_objects_due',
      schema('("due_at","id")', '("id","due_at")'),
    ],
  ]),
];

const TRIGGERS: readonly Mistake[] = failing('behaviour', [
  [
    'updated_at follows a change of title alone',
    'an update of an upload sets updated_at to the time of its transaction',
    edit('uploads_set_updated_at', 'BEFORE UPDATE ON', 'BEFORE UPDATE OF title ON'),
  ],
  [
    'updated_at is set where the statement does not',
    'an update of an upload sets updated_at to the time of its transaction',
    edit(
      'set_updated_at',
      '  NEW.updated_at := now();',
      '  IF NEW.updated_at = OLD.updated_at THEN\n    NEW.updated_at := now();\n  END IF;',
    ),
  ],
  [
    'no trigger keeps the keys of a TRUNCATE of uploads',
    UPLOAD_KEYS,
    edit(
      'uploads_track_keys',
      `CREATE OR REPLACE TRIGGER uploads_track_keys_truncate
  BEFORE TRUNCATE ON public.uploads
  FOR EACH STATEMENT
  EXECUTE FUNCTION private.track_upload_keys();`,
      '',
    ),
  ],
  [
    'the keys of tracks are read after the TRUNCATE',
    TRACK_KEYS,
    edit('library_tracks_track_keys', 'BEFORE TRUNCATE', 'AFTER TRUNCATE'),
  ],
  [
    'no trigger looks at the keys of new tracks',
    'no statement can use a key that waits to be purged; after the purge every statement can',
    edit(
      'library_tracks_track_keys',
      `CREATE OR REPLACE TRIGGER library_tracks_track_keys_insert
  AFTER INSERT ON public.library_tracks
  REFERENCING NEW TABLE AS new_rows
  FOR EACH STATEMENT
  EXECUTE FUNCTION private.track_library_keys();`,
      '',
    ),
  ],
  [
    'a key that is lost to any conflict is lost silently',
    COLLISION,
    edit(
      'track_upload_keys',
      DELETED_KEYS(IN_ORDER + ARBITER),
      DELETED_KEYS(`${IN_ORDER}          ON CONFLICT DO NOTHING`),
    ),
  ],
  [
    'a conflict of ids is the arbiter',
    'a key that waits already is not added again, whatever statement releases it',
    edit(
      'track_upload_keys',
      DELETED_KEYS(IN_ORDER + ARBITER),
      DELETED_KEYS(`${IN_ORDER}          ON CONFLICT (id) DO NOTHING`),
    ),
  ],
  [
    'a key that moves from the file to the preview is given up',
    TRACK_KEYS,
    edit('track_library_keys', 'g.file_key IN (n.file_key, n.preview_key)', 'g.file_key = n.file_key'),
  ],
]);

const PURGING: readonly Mistake[] = [
  ...failing('concurrency', [
    [
      'the keys of deleted uploads are added to the outbox in no order',
      'a deletion of uploads adds keys to the outbox in the order of the keys',
      edit('track_upload_keys', DELETED_KEYS(IN_ORDER + ARBITER), DELETED_KEYS(ARBITER)),
    ],
    [
      'a key is claimed while an older transaction may use it',
      'a key is not claimed before the end of every transaction that is older than its outbox row',
      edit('claim_deleted_objects', "WHEN s.waits_for && running THEN 'waiting'\n                 ", ''),
    ],
    [
      'a claim waits for rows that another session has locked',
      'a claim skips rows that another session has locked',
      edit(
        'claim_deleted_objects',
        'LIMIT batch_size - claimed\n         FOR UPDATE SKIP LOCKED',
        'LIMIT batch_size - claimed\n         FOR UPDATE',
      ),
    ],
  ]),
  ...failing('behaviour', [
    [
      'a claim returns a purged row',
      OLDEST,
      edit('claim_deleted_objects', 'WHERE s.purged_at IS NULL AND s.failed_at IS NULL', 'WHERE s.failed_at IS NULL'),
    ],
    [
      'failed rows are read again by each claim',
      'failed rows delay no other row',
      edit('claim_deleted_objects', 's.purged_at IS NULL AND s.failed_at IS NULL AND', 's.purged_at IS NULL AND'),
    ],
    [
      'a row gets one attempt too many',
      BACKOFF,
      edit('claim_deleted_objects', 's.attempts >= max_attempts', 's.attempts > max_attempts'),
    ],
    ['a claim does not count as an attempt', OLDEST, edit('claim_deleted_objects', ', attempts = d.attempts + 1', '')],
    [
      'a claim returns a key that is the preview of a track',
      IN_USE,
      edit(
        'claim_deleted_objects',
        "\n                 WHEN EXISTS (SELECT 1 FROM public.library_tracks AS t WHERE t.preview_key = s.file_key) THEN 'used'",
        '',
      ),
    ],
    [
      'a claim returns rows in the order of their ids',
      'a claim returns rows in the order of due_at, whatever their ids',
      edit('claim_deleted_objects', 'ORDER BY s.due_at, s.id', 'ORDER BY s.id'),
    ],
    [
      'a session without the lease marks a row as purged',
      LEASES,
      edit('mark_objects_purged', ' AND d.lease_id = lease', ''),
    ],
    [
      'a session without the lease releases a row',
      LEASES,
      edit('release_deleted_objects', 'd.lease_id = lease AND d.purged_at IS NULL\n', 'd.purged_at IS NULL\n'),
      edit('release_deleted_objects', 'd.lease_id = lease AND d.purged_at IS NULL AND', 'd.purged_at IS NULL AND'),
    ],
    [
      'the delay grows linearly with each attempt',
      BACKOFF,
      edit('release_deleted_objects', '60 * 2 ^ least(tried - 1, 11)', '60 * tried'),
    ],
    [
      'a delay may be longer than a day',
      'an invalid argument of an outbox function raises 22023 and names the argument',
      edit('release_deleted_objects', 'retry_seconds NOT BETWEEN 0 AND 86400', 'retry_seconds < 0'),
    ],
    ['a row that is put back keeps its attempts', BACKOFF, edit('retry_failed_objects', 'attempts = 0, ', '')],
    [
      'a key that was purged is known',
      'a key is known while it is in use or waits to be purged; one call takes up to 1,000 keys',
      edit('find_known_object_keys', ' AND d.purged_at IS NULL', ''),
    ],
  ]),
];

export const MISTAKES: readonly Mistake[] = [
  ...QUOTA,
  ...COUNTERS,
  ...ACCESS,
  ...SECURITY,
  ...CONSTRAINTS,
  ...TRIGGERS,
  ...PURGING,
];
