CREATE TABLE "deleted_objects" (
	"id" bigint PRIMARY KEY GENERATED ALWAYS AS IDENTITY (sequence name "deleted_objects_id_seq" INCREMENT BY 1 MINVALUE 1 MAXVALUE 9223372036854775807 START WITH 1 CACHE 1),
	"file_key" text NOT NULL,
	"source" text NOT NULL,
	"user_id" uuid,
	"size_bytes" bigint,
	"deleted_at" timestamp with time zone DEFAULT now() NOT NULL,
	"waits_for" text[],
	"lease_id" uuid,
	"lease_expires_at" timestamp with time zone,
	"attempts" integer DEFAULT 0 NOT NULL,
	"last_error" text,
	"purged_at" timestamp with time zone,
	CONSTRAINT "deleted_objects_source_check" CHECK ("deleted_objects"."source" IN ('uploads.file_key', 'library_tracks.file_key', 'library_tracks.preview_key')),
	CONSTRAINT "deleted_objects_attempts_check" CHECK ("deleted_objects"."attempts" >= 0)
);
--> statement-breakpoint
ALTER TABLE "deleted_objects" ENABLE ROW LEVEL SECURITY;--> statement-breakpoint
CREATE UNIQUE INDEX "idx_deleted_objects_file_key" ON "deleted_objects" USING btree ("file_key") WHERE "deleted_objects"."purged_at" IS NULL;--> statement-breakpoint
CREATE INDEX "idx_deleted_objects_waiting" ON "deleted_objects" USING btree ("id") WHERE "deleted_objects"."purged_at" IS NULL;
--> statement-breakpoint
-- object: admit_uploads
-- Trigger body for INSERT: counts what came, and refuses a key that waits to be purged (UP002). Both in one statement,
-- since each more of them costs every upload. Counters are taken in (user, day) order, so that two loads that touch the
-- same users wait for each other instead of deadlocking.
CREATE OR REPLACE FUNCTION private.admit_uploads() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER
SET search_path = ''
AS $$
DECLARE
  waiting text;
BEGIN
  WITH counted AS (
    INSERT INTO public.upload_daily_usage AS u (user_id, day, used_bytes)
    SELECT n.user_id, (n.created_at AT TIME ZONE 'UTC')::date AS day, sum(n.size_bytes)
      FROM new_rows AS n
     GROUP BY n.user_id, day
     ORDER BY n.user_id, day
        ON CONFLICT (user_id, day) DO UPDATE SET used_bytes = u.used_bytes + excluded.used_bytes
  )
  SELECT d.file_key
    INTO waiting
    FROM new_rows AS n
    JOIN public.deleted_objects AS d ON d.file_key = n.file_key AND d.purged_at IS NULL
   LIMIT 1;
  IF FOUND THEN
    PERFORM private.raise_key_pending_deletion(waiting);
  END IF;
  RETURN NULL;
END;
$$;

REVOKE ALL ON FUNCTION private.admit_uploads() FROM PUBLIC, anon, authenticated, service_role;
-- end object
--> statement-breakpoint
-- object: claim_deleted_objects
-- Hands out up to `batch_size` objects to delete from the store, under a lease of `lease_seconds`; other workers' rows
-- are skipped. A key comes out only when nothing refers to it, and nothing can: every transaction that ran when the row
-- was first seen, and may have taken the key into use without seeing it, has ended by then.
CREATE OR REPLACE FUNCTION public.claim_deleted_objects(
  batch_size integer DEFAULT 100,
  lease_seconds integer DEFAULT 300
) RETURNS SETOF public.deleted_objects
LANGUAGE plpgsql SECURITY DEFINER
SET search_path = ''
AS $$
DECLARE
  lease constant uuid := gen_random_uuid();
  running text[];
BEGIN
  IF batch_size IS NULL OR batch_size NOT BETWEEN 1 AND 1000 THEN
    RAISE EXCEPTION 'batch_size must be 1 to 1000 rows, not %', coalesce(batch_size::text, 'null') USING ERRCODE = '22023';
  END IF;
  IF lease_seconds IS NULL OR lease_seconds NOT BETWEEN 1 AND 86400 THEN
    RAISE EXCEPTION 'lease_seconds must be 1 to 86400, not %', coalesce(lease_seconds::text, 'null') USING ERRCODE = '22023';
  END IF;
  -- Each step below has to see what was committed after the one before.
  IF current_setting('transaction_isolation') <> 'read committed' THEN
    RAISE EXCEPTION 'claim_deleted_objects needs READ COMMITTED' USING ERRCODE = 'active_sql_transaction';
  END IF;

  -- ARRAY: evaluated once, so that LIMIT and SKIP LOCKED hold. Who runs is read after the statement's snapshot is taken: who is not among them sees the rows marked here.
  UPDATE public.deleted_objects AS d
     SET waits_for = (SELECT private.running_transactions())
   WHERE d.id = ANY (ARRAY(
           SELECT s.id
             FROM public.deleted_objects AS s
            WHERE s.purged_at IS NULL AND s.waits_for IS NULL
            ORDER BY s.id
            LIMIT 10 * batch_size
              FOR UPDATE SKIP LOCKED
         ));

  running := private.running_transactions();

  RETURN QUERY
  UPDATE public.deleted_objects AS d
     SET lease_id = lease,
         lease_expires_at = now() + make_interval(secs => lease_seconds),
         attempts = d.attempts + 1
   WHERE d.id = ANY (ARRAY(
           SELECT s.id
             FROM public.deleted_objects AS s
            WHERE s.purged_at IS NULL
              AND NOT s.waits_for && running
              AND (s.lease_expires_at IS NULL OR s.lease_expires_at <= now())
              AND NOT EXISTS (SELECT FROM public.uploads AS f WHERE f.file_key = s.file_key)
              AND NOT EXISTS (SELECT FROM public.library_tracks AS t WHERE t.file_key = s.file_key)
              AND NOT EXISTS (SELECT FROM public.library_tracks AS t WHERE t.preview_key = s.file_key)
            ORDER BY s.id
            LIMIT batch_size
              FOR UPDATE OF s SKIP LOCKED
         ))
  RETURNING d.*;
END;
$$;

REVOKE ALL ON FUNCTION public.claim_deleted_objects(integer, integer) FROM PUBLIC, anon, authenticated;
GRANT EXECUTE ON FUNCTION public.claim_deleted_objects(integer, integer) TO service_role;
-- end object
--> statement-breakpoint
-- object: count_uploads
-- Trigger body for what changes or leaves; with admit_uploads, for what comes, the only writer of upload_daily_usage.
-- Counters are taken in (user, day) order: see there.
CREATE OR REPLACE FUNCTION private.count_uploads() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER
SET search_path = ''
AS $$
BEGIN
  IF TG_OP = 'DELETE' THEN
    -- With the account gone, its rows may be gone before its uploads: what is not there needs no counting.
    PERFORM
       FROM public.upload_daily_usage AS u
      WHERE (u.user_id, u.day) IN (SELECT o.user_id, (o.created_at AT TIME ZONE 'UTC')::date FROM old_rows AS o)
      ORDER BY u.user_id, u.day
        FOR UPDATE;
    UPDATE public.upload_daily_usage AS u
       SET used_bytes = u.used_bytes - gone.bytes
      FROM (
        SELECT o.user_id, (o.created_at AT TIME ZONE 'UTC')::date AS day, sum(o.size_bytes) AS bytes
          FROM old_rows AS o
         GROUP BY o.user_id, day
      ) AS gone
     WHERE u.user_id = gone.user_id AND u.day = gone.day;

  ELSIF TG_OP = 'UPDATE' THEN
    -- A change of title moves no bytes and must cost nothing here.
    IF NOT EXISTS (
      SELECT
        FROM new_rows AS n
        LEFT JOIN old_rows AS o
          ON o.id = n.id AND o.user_id = n.user_id AND o.size_bytes = n.size_bytes AND o.created_at = n.created_at
       WHERE o.id IS NULL
    ) THEN
      RETURN NULL;
    END IF;
    INSERT INTO public.upload_daily_usage (user_id, day, used_bytes)
    SELECT moved.user_id, moved.day, 0
      FROM (
        SELECT n.user_id, (n.created_at AT TIME ZONE 'UTC')::date AS day FROM new_rows AS n
        UNION
        SELECT o.user_id, (o.created_at AT TIME ZONE 'UTC')::date FROM old_rows AS o
      ) AS moved
     ORDER BY moved.user_id, moved.day
        ON CONFLICT DO NOTHING;
    PERFORM
       FROM public.upload_daily_usage AS u
      WHERE (u.user_id, u.day) IN (
        SELECT n.user_id, (n.created_at AT TIME ZONE 'UTC')::date FROM new_rows AS n
        UNION
        SELECT o.user_id, (o.created_at AT TIME ZONE 'UTC')::date FROM old_rows AS o
      )
      ORDER BY u.user_id, u.day
        FOR UPDATE;
    UPDATE public.upload_daily_usage AS u
       SET used_bytes = u.used_bytes + moved.bytes
      FROM (
        SELECT m.user_id, m.day, sum(m.bytes) AS bytes
          FROM (
            SELECT n.user_id, (n.created_at AT TIME ZONE 'UTC')::date AS day, n.size_bytes AS bytes FROM new_rows AS n
            UNION ALL
            SELECT o.user_id, (o.created_at AT TIME ZONE 'UTC')::date, -o.size_bytes FROM old_rows AS o
          ) AS m
         GROUP BY m.user_id, m.day
      ) AS moved
     WHERE u.user_id = moved.user_id AND u.day = moved.day;

  ELSE
    -- Not TRUNCATE: in one with this table (TRUNCATE auth.users CASCADE) it is in use already.
    DELETE FROM public.upload_daily_usage;
  END IF;
  RETURN NULL;
END;
$$;

REVOKE ALL ON FUNCTION private.count_uploads() FROM PUBLIC, anon, authenticated, service_role;
-- end object
--> statement-breakpoint
-- object: mark_objects_purged
-- Records that the claimed objects are gone from the store; their keys may be used again. Rows that another claim has
-- taken over since are left alone.
-- Returns how many rows were marked.
CREATE OR REPLACE FUNCTION public.mark_objects_purged(lease uuid, ids bigint[]) RETURNS integer
LANGUAGE plpgsql SECURITY DEFINER
SET search_path = ''
AS $$
DECLARE
  marked integer;
BEGIN
  UPDATE public.deleted_objects AS d
     SET purged_at = now(), lease_id = NULL, lease_expires_at = NULL
   WHERE d.id = ANY (ids) AND d.lease_id = lease AND d.purged_at IS NULL;
  GET DIAGNOSTICS marked = ROW_COUNT;
  RETURN marked;
END;
$$;

REVOKE ALL ON FUNCTION public.mark_objects_purged(uuid, bigint[]) FROM PUBLIC, anon, authenticated;
GRANT EXECUTE ON FUNCTION public.mark_objects_purged(uuid, bigint[]) TO service_role;
-- end object
--> statement-breakpoint
-- object: raise_key_pending_deletion
-- The refusal (UP002) of a key whose object waits to be purged: in use again, it would be deleted under its new owner.
CREATE OR REPLACE FUNCTION private.raise_key_pending_deletion(file_key text) RETURNS void
LANGUAGE plpgsql
SET search_path = ''
AS $$
BEGIN
  RAISE EXCEPTION 'the object key waits to be purged'
    USING ERRCODE = 'UP002', DETAIL = format('Key (file_key)=(%s).', file_key);
END;
$$;

REVOKE ALL ON FUNCTION private.raise_key_pending_deletion(text) FROM PUBLIC, anon, authenticated, service_role;
-- end object
--> statement-breakpoint
-- object: release_deleted_objects
-- Gives claimed objects back before their lease ends, with what went wrong; they can be claimed again after
-- `retry_seconds`. Rows that another claim has taken over since are left alone.
-- Returns how many rows were given back.
CREATE OR REPLACE FUNCTION public.release_deleted_objects(
  lease uuid,
  ids bigint[],
  error text DEFAULT NULL,
  retry_seconds integer DEFAULT 0
) RETURNS integer
LANGUAGE plpgsql SECURITY DEFINER
SET search_path = ''
AS $$
DECLARE
  released integer;
BEGIN
  IF retry_seconds IS NULL OR retry_seconds NOT BETWEEN 0 AND 86400 THEN
    RAISE EXCEPTION 'retry_seconds must be 0 to 86400, not %', coalesce(retry_seconds::text, 'null') USING ERRCODE = '22023';
  END IF;
  UPDATE public.deleted_objects AS d
     SET lease_id = NULL,
         lease_expires_at = now() + make_interval(secs => retry_seconds),
         last_error = coalesce(left(error, 1000), d.last_error)
   WHERE d.id = ANY (ids) AND d.lease_id = lease AND d.purged_at IS NULL;
  GET DIAGNOSTICS released = ROW_COUNT;
  RETURN released;
END;
$$;

REVOKE ALL ON FUNCTION public.release_deleted_objects(uuid, bigint[], text, integer) FROM PUBLIC, anon, authenticated;
GRANT EXECUTE ON FUNCTION public.release_deleted_objects(uuid, bigint[], text, integer) TO service_role;
-- end object
--> statement-breakpoint
-- object: running_transactions
-- The transactions that run in this database, this one left out, as pg_locks names them; prepared ones included.
-- A process without a user takes no key into use: autovacuum, which may run for hours, and who is still connecting.
CREATE OR REPLACE FUNCTION private.running_transactions() RETURNS text[]
LANGUAGE plpgsql
SET search_path = ''
AS $$
BEGIN
  -- Within a transaction pg_stat_activity stays as it was first read.
  PERFORM pg_stat_clear_snapshot();
  RETURN ARRAY(
    SELECT DISTINCT l.virtualtransaction
      FROM pg_locks AS l
      LEFT JOIN pg_stat_activity AS a ON a.pid = l.pid
     WHERE l.locktype IN ('virtualxid', 'transactionid')
       AND l.granted
       AND l.pid IS DISTINCT FROM pg_backend_pid()
       AND (l.pid IS NULL OR a.usesysid IS NOT NULL)
       AND (a.datname IS NULL OR a.datname = current_database())
  );
END;
$$;

REVOKE ALL ON FUNCTION private.running_transactions() FROM PUBLIC, anon, authenticated, service_role;
-- end object
--> statement-breakpoint
-- object: track_library_keys
-- Trigger body: a key that leaves `library_tracks` goes to the outbox; one that comes must not be waiting there.
CREATE OR REPLACE FUNCTION private.track_library_keys() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER
SET search_path = ''
AS $$
DECLARE
  waiting text;
BEGIN
  IF TG_OP = 'INSERT' THEN
    SELECT d.file_key
      INTO waiting
      FROM (SELECT n.file_key FROM new_rows AS n UNION SELECT n.preview_key FROM new_rows AS n) AS come
      JOIN public.deleted_objects AS d ON d.file_key = come.file_key AND d.purged_at IS NULL
     LIMIT 1;

  ELSIF TG_OP = 'UPDATE' THEN
    SELECT d.file_key
      INTO waiting
      FROM (
        (SELECT n.file_key FROM new_rows AS n UNION SELECT n.preview_key FROM new_rows AS n)
        EXCEPT
        (SELECT o.file_key FROM old_rows AS o UNION SELECT o.preview_key FROM old_rows AS o)
      ) AS come
      JOIN public.deleted_objects AS d ON d.file_key = come.file_key AND d.purged_at IS NULL
     LIMIT 1;
    INSERT INTO public.deleted_objects (file_key, source)
    SELECT gone.file_key, gone.source
      FROM (
        SELECT o.file_key, 'library_tracks.file_key' AS source FROM old_rows AS o
        UNION ALL
        SELECT o.preview_key, 'library_tracks.preview_key' FROM old_rows AS o WHERE o.preview_key IS NOT NULL
      ) AS gone
     WHERE NOT EXISTS (SELECT FROM new_rows AS n WHERE gone.file_key IN (n.file_key, n.preview_key))
     ORDER BY gone.file_key
        ON CONFLICT DO NOTHING;

  ELSIF TG_OP = 'DELETE' THEN
    INSERT INTO public.deleted_objects (file_key, source)
    SELECT gone.file_key, gone.source
      FROM (
        SELECT o.file_key, 'library_tracks.file_key' AS source FROM old_rows AS o
        UNION ALL
        SELECT o.preview_key, 'library_tracks.preview_key' FROM old_rows AS o WHERE o.preview_key IS NOT NULL
      ) AS gone
     ORDER BY gone.file_key
        ON CONFLICT DO NOTHING;

  ELSE
    INSERT INTO public.deleted_objects (file_key, source)
    SELECT gone.file_key, gone.source
      FROM (
        SELECT t.file_key, 'library_tracks.file_key' AS source FROM public.library_tracks AS t
        UNION ALL
        SELECT t.preview_key, 'library_tracks.preview_key' FROM public.library_tracks AS t WHERE t.preview_key IS NOT NULL
      ) AS gone
     ORDER BY gone.file_key
        ON CONFLICT DO NOTHING;
  END IF;

  IF waiting IS NOT NULL THEN
    PERFORM private.raise_key_pending_deletion(waiting);
  END IF;
  RETURN NULL;
END;
$$;

REVOKE ALL ON FUNCTION private.track_library_keys() FROM PUBLIC, anon, authenticated, service_role;
-- end object
--> statement-breakpoint
-- object: track_upload_keys
-- Trigger body: a key that leaves `uploads` goes to the outbox; one that takes its place must not be waiting there
-- (for a new row admit_uploads sees to that).
CREATE OR REPLACE FUNCTION private.track_upload_keys() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER
SET search_path = ''
AS $$
DECLARE
  waiting text;
BEGIN
  IF TG_OP = 'UPDATE' THEN
    SELECT d.file_key
      INTO waiting
      FROM (SELECT n.file_key FROM new_rows AS n EXCEPT SELECT o.file_key FROM old_rows AS o) AS come
      JOIN public.deleted_objects AS d ON d.file_key = come.file_key AND d.purged_at IS NULL
     LIMIT 1;
    IF FOUND THEN
      PERFORM private.raise_key_pending_deletion(waiting);
    END IF;
    INSERT INTO public.deleted_objects (file_key, source, user_id, size_bytes)
    SELECT o.file_key, 'uploads.file_key', o.user_id, o.size_bytes
      FROM old_rows AS o
     WHERE o.file_key NOT IN (SELECT n.file_key FROM new_rows AS n)
     ORDER BY o.file_key
        ON CONFLICT DO NOTHING;

  ELSIF TG_OP = 'DELETE' THEN
    INSERT INTO public.deleted_objects (file_key, source, user_id, size_bytes)
    SELECT o.file_key, 'uploads.file_key', o.user_id, o.size_bytes
      FROM old_rows AS o
     ORDER BY o.file_key
        ON CONFLICT DO NOTHING;

  ELSE
    INSERT INTO public.deleted_objects (file_key, source, user_id, size_bytes)
    SELECT f.file_key, 'uploads.file_key', f.user_id, f.size_bytes
      FROM public.uploads AS f
     ORDER BY f.file_key
        ON CONFLICT DO NOTHING;
  END IF;
  RETURN NULL;
END;
$$;

REVOKE ALL ON FUNCTION private.track_upload_keys() FROM PUBLIC, anon, authenticated, service_role;
-- end object
--> statement-breakpoint
-- object: library_tracks_track_keys
CREATE OR REPLACE TRIGGER library_tracks_track_keys_insert
  AFTER INSERT ON public.library_tracks
  REFERENCING NEW TABLE AS new_rows
  FOR EACH STATEMENT
  EXECUTE FUNCTION private.track_library_keys();

CREATE OR REPLACE TRIGGER library_tracks_track_keys_update
  AFTER UPDATE ON public.library_tracks
  REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows
  FOR EACH STATEMENT
  EXECUTE FUNCTION private.track_library_keys();

CREATE OR REPLACE TRIGGER library_tracks_track_keys_delete
  AFTER DELETE ON public.library_tracks
  REFERENCING OLD TABLE AS old_rows
  FOR EACH STATEMENT
  EXECUTE FUNCTION private.track_library_keys();

-- Before: afterwards there is nothing left to read the keys from.
CREATE OR REPLACE TRIGGER library_tracks_track_keys_truncate
  BEFORE TRUNCATE ON public.library_tracks
  FOR EACH STATEMENT
  EXECUTE FUNCTION private.track_library_keys();
-- end object
--> statement-breakpoint
-- object: uploads_count
-- Once a statement, not once a row: a load of a million rows takes each counter once.
CREATE OR REPLACE TRIGGER uploads_count_insert
  AFTER INSERT ON public.uploads
  REFERENCING NEW TABLE AS new_rows
  FOR EACH STATEMENT
  EXECUTE FUNCTION private.admit_uploads();

CREATE OR REPLACE TRIGGER uploads_count_update
  AFTER UPDATE ON public.uploads
  REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows
  FOR EACH STATEMENT
  EXECUTE FUNCTION private.count_uploads();

CREATE OR REPLACE TRIGGER uploads_count_delete
  AFTER DELETE ON public.uploads
  REFERENCING OLD TABLE AS old_rows
  FOR EACH STATEMENT
  EXECUTE FUNCTION private.count_uploads();

CREATE OR REPLACE TRIGGER uploads_count_truncate
  AFTER TRUNCATE ON public.uploads
  FOR EACH STATEMENT
  EXECUTE FUNCTION private.count_uploads();
-- end object
--> statement-breakpoint
-- object: uploads_track_keys
CREATE OR REPLACE TRIGGER uploads_track_keys_update
  AFTER UPDATE ON public.uploads
  REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows
  FOR EACH STATEMENT
  EXECUTE FUNCTION private.track_upload_keys();

CREATE OR REPLACE TRIGGER uploads_track_keys_delete
  AFTER DELETE ON public.uploads
  REFERENCING OLD TABLE AS old_rows
  FOR EACH STATEMENT
  EXECUTE FUNCTION private.track_upload_keys();

-- Before: afterwards there is nothing left to read the keys from.
CREATE OR REPLACE TRIGGER uploads_track_keys_truncate
  BEFORE TRUNCATE ON public.uploads
  FOR EACH STATEMENT
  EXECUTE FUNCTION private.track_upload_keys();
-- end object
