CREATE TABLE "deleted_objects" (
	"id" bigint PRIMARY KEY GENERATED ALWAYS AS IDENTITY (sequence name "deleted_objects_id_seq" INCREMENT BY 1 MINVALUE 1 MAXVALUE 9223372036854775807 START WITH 1 CACHE 1),
	"file_key" text NOT NULL,
	"source" text NOT NULL,
	"user_id" uuid,
	"size_bytes" bigint,
	"deleted_at" timestamp with time zone DEFAULT now() NOT NULL,
	"waits_for" text[],
	"lease_id" uuid,
	"due_at" timestamp with time zone DEFAULT now() NOT NULL,
	"attempts" integer DEFAULT 0 NOT NULL,
	"last_error" text,
	"failed_at" timestamp with time zone,
	"purged_at" timestamp with time zone,
	CONSTRAINT "deleted_objects_source_check" CHECK ("deleted_objects"."source" IN ('uploads.file_key', 'library_tracks.file_key', 'library_tracks.preview_key')),
	CONSTRAINT "deleted_objects_attempts_check" CHECK ("deleted_objects"."attempts" >= 0)
);
--> statement-breakpoint
ALTER TABLE "deleted_objects" ENABLE ROW LEVEL SECURITY;
--> statement-breakpoint
CREATE POLICY "deleted_objects_no_client" ON "deleted_objects" AS PERMISSIVE FOR ALL TO "anon", "authenticated" USING (false) WITH CHECK (false);
--> statement-breakpoint
CREATE UNIQUE INDEX "idx_deleted_objects_file_key" ON "deleted_objects" USING btree ("file_key") WHERE "deleted_objects"."purged_at" IS NULL;
--> statement-breakpoint
CREATE INDEX "idx_deleted_objects_unseen" ON "deleted_objects" USING btree ("id") WHERE "deleted_objects"."purged_at" IS NULL AND "deleted_objects"."waits_for" IS NULL;
--> statement-breakpoint
CREATE INDEX "idx_deleted_objects_due" ON "deleted_objects" USING btree ("due_at","id") WHERE "deleted_objects"."purged_at" IS NULL AND "deleted_objects"."failed_at" IS NULL AND "deleted_objects"."waits_for" IS NOT NULL;
--> statement-breakpoint
CREATE INDEX "idx_deleted_objects_failed" ON "deleted_objects" USING btree ("id") WHERE "deleted_objects"."purged_at" IS NULL AND "deleted_objects"."failed_at" IS NOT NULL;
--> statement-breakpoint
-- object: deleted_objects_grants
-- Written by triggers, and by the functions that claim, mark, release and retry.
REVOKE ALL ON TABLE public.deleted_objects FROM PUBLIC, anon, authenticated, service_role;
REVOKE ALL ON SEQUENCE public.deleted_objects_id_seq FROM PUBLIC, anon, authenticated, service_role;
GRANT SELECT ON TABLE public.deleted_objects TO service_role;
-- end object
--> statement-breakpoint
-- object: admit_uploads
-- Trigger body for INSERT: counts the new uploads, and refuses a key that waits to be purged (UP002). The path of a
-- single row, which nearly every upload takes, avoids the grouping, the sort and the join of the general one.
CREATE OR REPLACE FUNCTION private.admit_uploads() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER
SET search_path = ''
AS $$
DECLARE
  waiting text;
BEGIN
  -- Inserts nothing where there are several rows, or where the key waits.
  INSERT INTO public.upload_daily_usage AS u (user_id, day, used_bytes)
  SELECT n.user_id, (n.created_at AT TIME ZONE 'UTC')::date, n.size_bytes
    FROM new_rows AS n
   WHERE NOT EXISTS (SELECT FROM new_rows OFFSET 1)
     AND (SELECT d.id FROM public.deleted_objects AS d WHERE d.file_key = n.file_key AND d.purged_at IS NULL) IS NULL
      ON CONFLICT (user_id, day) DO UPDATE SET used_bytes = u.used_bytes + excluded.used_bytes;
  IF FOUND THEN
    RETURN NULL;
  END IF;

  -- Counters are locked in (user, day) order, so that two loads that touch the same users wait instead of deadlocking.
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
-- object: count_uploads
-- Trigger body for what changes or leaves; with admit_uploads, for what comes, the only writer of upload_daily_usage.
-- Counters are taken in (user, day) order: see there.
CREATE OR REPLACE FUNCTION private.count_uploads() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER
SET search_path = ''
AS $$
DECLARE
  moved record;
BEGIN
  IF TG_OP = 'DELETE' THEN
    -- With the account gone, its rows may be gone before its uploads: what is not there needs no counting.
    FOR moved IN
      SELECT o.user_id, (o.created_at AT TIME ZONE 'UTC')::date AS day, sum(o.size_bytes)::bigint AS bytes
        FROM old_rows AS o
       GROUP BY o.user_id, day
       ORDER BY o.user_id, day
    LOOP
      UPDATE public.upload_daily_usage AS u
         SET used_bytes = u.used_bytes - moved.bytes
       WHERE u.user_id = moved.user_id AND u.day = moved.day;
    END LOOP;

  ELSIF TG_OP = 'UPDATE' THEN
    -- A change of title moves no bytes, and writes nothing here.
    FOR moved IN
      SELECT m.user_id, m.day, sum(m.bytes)::bigint AS bytes
        FROM (
          SELECT n.user_id, (n.created_at AT TIME ZONE 'UTC')::date AS day, n.size_bytes AS bytes FROM new_rows AS n
          UNION ALL
          SELECT o.user_id, (o.created_at AT TIME ZONE 'UTC')::date, -o.size_bytes FROM old_rows AS o
        ) AS m
       GROUP BY m.user_id, m.day
      HAVING sum(m.bytes) <> 0
       ORDER BY m.user_id, m.day
    LOOP
      INSERT INTO public.upload_daily_usage (user_id, day, used_bytes)
      VALUES (moved.user_id, moved.day, 0)
          ON CONFLICT (user_id, day) DO NOTHING;
      UPDATE public.upload_daily_usage AS u
         SET used_bytes = u.used_bytes + moved.bytes
       WHERE u.user_id = moved.user_id AND u.day = moved.day;
    END LOOP;

  ELSE
    -- Not TRUNCATE: in one with this table (TRUNCATE auth.users CASCADE) it is in use already. WHERE, for servers where
    -- the module safeupdate refuses a DELETE without one.
    DELETE FROM public.upload_daily_usage WHERE true;
  END IF;
  RETURN NULL;
END;
$$;

REVOKE ALL ON FUNCTION private.count_uploads() FROM PUBLIC, anon, authenticated, service_role;
-- end object
--> statement-breakpoint
-- object: track_upload_keys
-- Trigger body: a key that leaves `uploads` goes to the outbox; one that takes its place must not be waiting there
-- (for a new row admit_uploads sees to that). The arbiter of the conflict is named, so that a collision of ids, as with a
-- sequence that is behind after a move, is an error that undoes the statement, and never a lost key.
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
        ON CONFLICT (file_key) WHERE purged_at IS NULL DO NOTHING;

  ELSIF TG_OP = 'DELETE' THEN
    INSERT INTO public.deleted_objects (file_key, source, user_id, size_bytes)
    SELECT o.file_key, 'uploads.file_key', o.user_id, o.size_bytes
      FROM old_rows AS o
     ORDER BY o.file_key
        ON CONFLICT (file_key) WHERE purged_at IS NULL DO NOTHING;

  ELSE
    INSERT INTO public.deleted_objects (file_key, source, user_id, size_bytes)
    SELECT f.file_key, 'uploads.file_key', f.user_id, f.size_bytes
      FROM public.uploads AS f
     ORDER BY f.file_key
        ON CONFLICT (file_key) WHERE purged_at IS NULL DO NOTHING;
  END IF;
  RETURN NULL;
END;
$$;

REVOKE ALL ON FUNCTION private.track_upload_keys() FROM PUBLIC, anon, authenticated, service_role;
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
        ON CONFLICT (file_key) WHERE purged_at IS NULL DO NOTHING;

  ELSIF TG_OP = 'DELETE' THEN
    INSERT INTO public.deleted_objects (file_key, source)
    SELECT gone.file_key, gone.source
      FROM (
        SELECT o.file_key, 'library_tracks.file_key' AS source FROM old_rows AS o
        UNION ALL
        SELECT o.preview_key, 'library_tracks.preview_key' FROM old_rows AS o WHERE o.preview_key IS NOT NULL
      ) AS gone
     ORDER BY gone.file_key
        ON CONFLICT (file_key) WHERE purged_at IS NULL DO NOTHING;

  ELSE
    INSERT INTO public.deleted_objects (file_key, source)
    SELECT gone.file_key, gone.source
      FROM (
        SELECT t.file_key, 'library_tracks.file_key' AS source FROM public.library_tracks AS t
        UNION ALL
        SELECT t.preview_key, 'library_tracks.preview_key' FROM public.library_tracks AS t WHERE t.preview_key IS NOT NULL
      ) AS gone
     ORDER BY gone.file_key
        ON CONFLICT (file_key) WHERE purged_at IS NULL DO NOTHING;
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
-- object: claim_deleted_objects
-- Hands out up to `batch_size` objects to delete from the store, under a lease of `lease_seconds`, in the order in which
-- they are due; rows that other workers have locked are skipped. A key is handed out only when nothing refers to it, and
-- nothing can: every transaction that ran when the row was first seen, and may have taken the key into use without seeing
-- that it waits, has ended by then.
-- Candidates are locked first and looked at after, so that the cost depends on the batch and not on the tables. A candidate
-- that cannot be handed out is put off and does not hold up those behind it. One that was claimed 16 times is set aside as failed.
CREATE OR REPLACE FUNCTION public.claim_deleted_objects(
  batch_size integer DEFAULT 100,
  lease_seconds integer DEFAULT 300
) RETURNS SETOF public.deleted_objects
LANGUAGE plpgsql SECURITY DEFINER
SET search_path = ''
AS $$
DECLARE
  max_attempts constant integer := 16;
  max_rounds constant integer := 10;
  lease constant uuid := gen_random_uuid();
  lease_end constant timestamptz := now() + make_interval(secs => lease_seconds);
  claimed integer := 0;
  running text[];
  candidates bigint[];
  waiting bigint[];
  used bigint[];
  failed bigint[];
  free bigint[];
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

  -- ARRAY: evaluated once, so that LIMIT and SKIP LOCKED hold. The running transactions are read after the statement's
  -- snapshot is taken: a transaction that is not among them sees the rows that are marked here.
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

  FOR round IN 1..max_rounds LOOP
    candidates := ARRAY(
      SELECT s.id
        FROM public.deleted_objects AS s
       WHERE s.purged_at IS NULL AND s.failed_at IS NULL AND s.waits_for IS NOT NULL AND s.due_at <= now()
       ORDER BY s.due_at, s.id
       LIMIT batch_size - claimed
         FOR UPDATE SKIP LOCKED
    );
    EXIT WHEN cardinality(candidates) = 0;

    SELECT array_agg(c.id) FILTER (WHERE c.state = 'waiting'), array_agg(c.id) FILTER (WHERE c.state = 'used'),
           array_agg(c.id) FILTER (WHERE c.state = 'failed'), array_agg(c.id) FILTER (WHERE c.state = 'free')
      INTO waiting, used, failed, free
      FROM (
        SELECT s.id,
               CASE
                 WHEN s.waits_for && running THEN 'waiting'
                 WHEN EXISTS (SELECT 1 FROM public.uploads AS f WHERE f.file_key = s.file_key) THEN 'used'
                 WHEN EXISTS (SELECT 1 FROM public.library_tracks AS t WHERE t.file_key = s.file_key) THEN 'used'
                 WHEN EXISTS (SELECT 1 FROM public.library_tracks AS t WHERE t.preview_key = s.file_key) THEN 'used'
                 WHEN s.attempts >= max_attempts THEN 'failed'
                 ELSE 'free'
               END AS state
          FROM public.deleted_objects AS s
         WHERE s.id = ANY (candidates)
      ) AS c;

    UPDATE public.deleted_objects AS d SET due_at = now() + interval '1 second', lease_id = NULL WHERE d.id = ANY (waiting);
    UPDATE public.deleted_objects AS d SET due_at = lease_end, lease_id = NULL WHERE d.id = ANY (used);
    UPDATE public.deleted_objects AS d SET failed_at = now(), lease_id = NULL WHERE d.id = ANY (failed);
    RETURN QUERY
    UPDATE public.deleted_objects AS d
       SET lease_id = lease, due_at = lease_end, attempts = d.attempts + 1
     WHERE d.id = ANY (free)
    RETURNING d.*;
    claimed := claimed + coalesce(cardinality(free), 0);
    EXIT WHEN claimed >= batch_size;
  END LOOP;
END;
$$;

REVOKE ALL ON FUNCTION public.claim_deleted_objects(integer, integer) FROM PUBLIC, anon, authenticated;
GRANT EXECUTE ON FUNCTION public.claim_deleted_objects(integer, integer) TO service_role;
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
     SET purged_at = now(), lease_id = NULL
   WHERE d.id = ANY (ids) AND d.lease_id = lease AND d.purged_at IS NULL;
  GET DIAGNOSTICS marked = ROW_COUNT;
  RETURN marked;
END;
$$;

REVOKE ALL ON FUNCTION public.mark_objects_purged(uuid, bigint[]) FROM PUBLIC, anon, authenticated;
GRANT EXECUTE ON FUNCTION public.mark_objects_purged(uuid, bigint[]) TO service_role;
-- end object
--> statement-breakpoint
-- object: release_deleted_objects
-- Gives claimed objects back before their lease ends, with what went wrong. They are due again after `retry_seconds`; null
-- takes a minute after the first attempt, and twice as long after each further one, up to a day. A row that was claimed 16
-- times is set aside as failed. Rows that another claim has taken over since are left alone.
-- Returns how many rows were given back.
CREATE OR REPLACE FUNCTION public.release_deleted_objects(
  lease uuid,
  ids bigint[],
  error text DEFAULT NULL,
  retry_seconds integer DEFAULT NULL
) RETURNS integer
LANGUAGE plpgsql SECURITY DEFINER
SET search_path = ''
AS $$
DECLARE
  max_attempts constant integer := 16;
  released integer;
BEGIN
  IF retry_seconds NOT BETWEEN 0 AND 86400 THEN
    RAISE EXCEPTION 'retry_seconds must be 0 to 86400, not %', retry_seconds USING ERRCODE = '22023';
  END IF;
  UPDATE public.deleted_objects AS d
     SET lease_id = NULL,
         due_at = now() + make_interval(secs => coalesce(retry_seconds, least(60 * 2 ^ least(d.attempts - 1, 11), 86400))),
         failed_at = CASE WHEN d.attempts >= max_attempts THEN now() END,
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
-- object: retry_failed_objects
-- Puts objects that were set aside as failed back: they are due at once, as if they had never been claimed. The last error
-- is kept.
-- Returns how many rows were put back; a row that is not set aside is left alone.
CREATE OR REPLACE FUNCTION public.retry_failed_objects(ids bigint[]) RETURNS integer
LANGUAGE plpgsql SECURITY DEFINER
SET search_path = ''
AS $$
DECLARE
  retried integer;
BEGIN
  UPDATE public.deleted_objects AS d
     SET failed_at = NULL, attempts = 0, due_at = now()
   WHERE d.id = ANY (ids) AND d.failed_at IS NOT NULL AND d.purged_at IS NULL;
  GET DIAGNOSTICS retried = ROW_COUNT;
  RETURN retried;
END;
$$;

REVOKE ALL ON FUNCTION public.retry_failed_objects(bigint[]) FROM PUBLIC, anon, authenticated;
GRANT EXECUTE ON FUNCTION public.retry_failed_objects(bigint[]) TO service_role;
-- end object
--> statement-breakpoint
-- object: find_known_object_keys
-- Which of up to 1,000 keys the database knows: as an upload's, as a track's file or preview, or as one that waits to be
-- purged. An object of the store whose key is not among them was put and never recorded, if it is old enough.
CREATE OR REPLACE FUNCTION public.find_known_object_keys(file_keys text[]) RETURNS SETOF text
LANGUAGE plpgsql STABLE SECURITY DEFINER
SET search_path = ''
AS $$
BEGIN
  IF file_keys IS NULL OR cardinality(file_keys) > 1000 THEN
    RAISE EXCEPTION 'file_keys must be at most 1000 keys, not %', coalesce(cardinality(file_keys)::text, 'null')
      USING ERRCODE = '22023';
  END IF;
  RETURN QUERY
  SELECT f.file_key FROM public.uploads AS f WHERE f.file_key = ANY (file_keys)
  UNION
  SELECT t.file_key FROM public.library_tracks AS t WHERE t.file_key = ANY (file_keys)
  UNION
  SELECT t.preview_key FROM public.library_tracks AS t WHERE t.preview_key = ANY (file_keys)
  UNION
  SELECT d.file_key FROM public.deleted_objects AS d WHERE d.file_key = ANY (file_keys) AND d.purged_at IS NULL;
END;
$$;

REVOKE ALL ON FUNCTION public.find_known_object_keys(text[]) FROM PUBLIC, anon, authenticated;
GRANT EXECUTE ON FUNCTION public.find_known_object_keys(text[]) TO service_role;
-- end object
