-- object: admit_uploads
-- Trigger body for INSERT: counts the new uploads, and refuses a key that waits to be purged (UP002). The path of a
-- single row, which nearly every upload takes, avoids the grouping, the sort and the loop of the general one. A coordinator
-- or worker of Citus cannot plan it, since it reads a transition table beside a distributed one; there it is never reached.
CREATE OR REPLACE FUNCTION private.admit_uploads() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER
SET search_path = ''
AS $$
DECLARE
  came record;
  waiting text;
BEGIN
  IF current_setting('citus.version', true) IS NULL THEN
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
  END IF;

  -- Counters are locked in (user, day) order, so that two loads that touch the same users wait instead of deadlocking.
  FOR came IN
    SELECT n.user_id, (n.created_at AT TIME ZONE 'UTC')::date AS day, sum(n.size_bytes)::bigint AS bytes,
           array_agg(n.file_key) AS file_keys
      FROM new_rows AS n
     GROUP BY n.user_id, day
     ORDER BY n.user_id, day
  LOOP
    INSERT INTO public.upload_daily_usage AS u (user_id, day, used_bytes)
    VALUES (came.user_id, came.day, came.bytes)
        ON CONFLICT (user_id, day) DO UPDATE SET used_bytes = u.used_bytes + excluded.used_bytes;
    SELECT d.file_key
      INTO waiting
      FROM public.deleted_objects AS d
     WHERE d.file_key = ANY (came.file_keys) AND d.purged_at IS NULL
     LIMIT 1;
    IF FOUND THEN
      PERFORM private.raise_key_pending_deletion(waiting);
    END IF;
  END LOOP;
  RETURN NULL;
END;
$$;

REVOKE ALL ON FUNCTION private.admit_uploads() FROM PUBLIC, anon, authenticated, service_role;
-- end object
--> statement-breakpoint
-- object: check_library_access
-- Whether the user may play the whole track: a free track by anyone, a pro-only one by tiers pro and enterprise.
-- A track that is not there is no; a user without a profile has the free tier.
CREATE OR REPLACE FUNCTION public.check_library_access(
  user_id uuid,
  track_id uuid
) RETURNS boolean
LANGUAGE plpgsql STABLE SECURITY DEFINER
SET search_path = ''
AS $$
DECLARE
  track_is_pro boolean;
BEGIN
  IF check_library_access.user_id IS NULL THEN
    RAISE EXCEPTION 'user_id must not be null' USING ERRCODE = '22023';
  END IF;
  IF track_id IS NULL THEN
    RAISE EXCEPTION 'track_id must not be null' USING ERRCODE = '22023';
  END IF;

  -- An adopted table may hold a null here: unknown is treated as pro-only.
  SELECT coalesce(t.is_pro_only, true)
    INTO track_is_pro
    FROM public.library_tracks AS t
   WHERE t.id = check_library_access.track_id;

  IF NOT FOUND THEN
    RETURN false;
  END IF;
  IF NOT track_is_pro THEN
    RETURN true;
  END IF;

  RETURN EXISTS (
    SELECT 1
      FROM public.user_profiles AS p
     WHERE p.user_id = check_library_access.user_id
       AND p.tier IN ('pro', 'enterprise')
  );
END;
$$;

REVOKE ALL ON FUNCTION public.check_library_access(uuid, uuid) FROM PUBLIC, anon, authenticated;
GRANT EXECUTE ON FUNCTION public.check_library_access(uuid, uuid) TO service_role;
-- end object
--> statement-breakpoint
-- object: create_upload
-- Records an upload if it keeps the user's uploads of this UTC day within `quota_limit` bytes: exact under any
-- concurrency. Refuses with UP001 (see raise_quota_exceeded) or the error of the constraint that the row breaks.
--
-- The INSERT comes first: its foreign key locks the user's row and its trigger then the counter, in the order of an
-- account's deletion. The counter stays locked until commit, so that a total over the limit undoes the INSERT.
CREATE OR REPLACE FUNCTION public.create_upload(
  user_id uuid,
  file_key text,
  content_type text,
  size_bytes bigint,
  title text DEFAULT NULL,
  quota_limit bigint DEFAULT 100000000,
  id uuid DEFAULT gen_random_uuid()
) RETURNS public.uploads
LANGUAGE plpgsql SECURITY DEFINER
SET search_path = ''
AS $$
DECLARE
  created public.uploads;
  today constant date := (now() AT TIME ZONE 'UTC')::date;
  used bigint;
BEGIN
  -- The look at the counter locks nothing and decides nothing: it keeps most refusals from writing. The arbiter is the id
  -- alone, which a repeated call has in common: to look for the key beforehand as well costs every upload a search.
  SELECT u.used_bytes
    INTO used
    FROM public.upload_daily_usage AS u
   WHERE u.user_id = create_upload.user_id AND u.day = today;
  IF create_upload.size_bytes <= quota_limit - coalesce(used, 0) THEN
    INSERT INTO public.uploads AS f (id, user_id, file_key, content_type, size_bytes, title)
    VALUES (
      create_upload.id, create_upload.user_id, create_upload.file_key, create_upload.content_type,
      create_upload.size_bytes, create_upload.title
    )
        ON CONFLICT ON CONSTRAINT uploads_pkey DO NOTHING
    RETURNING f.* INTO created;
    IF FOUND THEN
      SELECT u.used_bytes
        INTO used
        FROM public.upload_daily_usage AS u
       WHERE u.user_id = create_upload.user_id AND u.day = today;
      IF used > quota_limit THEN
        PERFORM private.raise_quota_exceeded(used - create_upload.size_bytes, quota_limit, now());
      END IF;
      RETURN created;
    END IF;
  END IF;

  -- Looked at here, since it has let nothing pass above.
  IF quota_limit IS NULL OR quota_limit < 0 THEN
    RAISE EXCEPTION 'quota_limit must be a number of bytes and not negative, not %', coalesce(quota_limit::text, 'null')
      USING ERRCODE = '22023';
  END IF;

  -- The call is repeated after a lost answer: the same upload is the same answer, whatever the quota says by now.
  SELECT f.*
    INTO created
    FROM public.uploads AS f
   WHERE f.id = create_upload.id
     AND f.user_id = create_upload.user_id
     AND f.file_key = create_upload.file_key
     AND f.content_type = create_upload.content_type
     AND f.size_bytes = create_upload.size_bytes;
  IF FOUND THEN
    RETURN created;
  END IF;

  -- A size that is none is left to the table's own constraints.
  used := private.used_upload_bytes(create_upload.user_id, now());
  IF create_upload.size_bytes >= 1 AND create_upload.size_bytes > quota_limit - used THEN
    PERFORM private.raise_quota_exceeded(used, quota_limit, now());
  END IF;

  -- Another upload has the id, or the row breaks a rule: this raises the table's own error, with the constraint's name.
  INSERT INTO public.uploads (id, user_id, file_key, content_type, size_bytes, title)
  VALUES (
    create_upload.id, create_upload.user_id, create_upload.file_key, create_upload.content_type,
    create_upload.size_bytes, create_upload.title
  );
  RAISE EXCEPTION 'the upload''s id or key was free again a moment later' USING ERRCODE = 'serialization_failure';
END;
$$;

REVOKE ALL ON FUNCTION public.create_upload(uuid, text, text, bigint, text, bigint, uuid) FROM PUBLIC, anon, authenticated;
GRANT EXECUTE ON FUNCTION public.create_upload(uuid, text, text, bigint, text, bigint, uuid) TO service_role;
-- end object
--> statement-breakpoint
-- object: recount_user_uploads
-- Sets a user's counters to what `uploads` holds; exact while others write. Whoever adds an upload holds its day's counter
-- until commit, so that a sum is right for a day whose counter is locked here, and for no other: a day that begins
-- meanwhile is left to its own triggers. Days without uploads are set to 0.
-- Day by day: a sum over a day's range of the index reads each upload once, and works on one shard too.
CREATE OR REPLACE FUNCTION private.recount_user_uploads(user_id uuid) RETURNS void
LANGUAGE plpgsql
SET search_path = ''
AS $$
DECLARE
  held record;
  bytes bigint;
BEGIN
  FOR held IN
    SELECT DISTINCT (f.created_at AT TIME ZONE 'UTC')::date AS day
      FROM public.uploads AS f
     WHERE f.user_id = recount_user_uploads.user_id
     ORDER BY day
  LOOP
    INSERT INTO public.upload_daily_usage (user_id, day, used_bytes)
    VALUES (recount_user_uploads.user_id, held.day, 0)
        ON CONFLICT ON CONSTRAINT upload_daily_usage_pkey DO NOTHING;
  END LOOP;
  FOR held IN
    SELECT u.day
      FROM public.upload_daily_usage AS u
     WHERE u.user_id = recount_user_uploads.user_id
     ORDER BY u.day
       FOR UPDATE
  LOOP
    SELECT coalesce(sum(f.size_bytes), 0)
      INTO bytes
      FROM public.uploads AS f
     WHERE f.user_id = recount_user_uploads.user_id
       AND f.created_at >= held.day::timestamp AT TIME ZONE 'UTC'
       AND f.created_at < (held.day + 1)::timestamp AT TIME ZONE 'UTC';
    UPDATE public.upload_daily_usage AS u
       SET used_bytes = bytes
     WHERE u.user_id = recount_user_uploads.user_id AND u.day = held.day;
  END LOOP;
END;
$$;

REVOKE ALL ON FUNCTION private.recount_user_uploads(uuid) FROM PUBLIC, anon, authenticated, service_role;
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
  tried integer;
  due timestamptz;
  failed timestamptz;
  changed integer;
  released integer := 0;
BEGIN
  IF retry_seconds NOT BETWEEN 0 AND 86400 THEN
    RAISE EXCEPTION 'retry_seconds must be 0 to 86400, not %', retry_seconds USING ERRCODE = '22023';
  END IF;
  -- The times are computed outside the UPDATE: that of a distributed table takes no STABLE operator on a column or in a CASE.
  FOR tried IN
    SELECT DISTINCT d.attempts
      FROM public.deleted_objects AS d
     WHERE d.id = ANY (ids) AND d.lease_id = lease AND d.purged_at IS NULL
  LOOP
    due := now() + make_interval(secs => coalesce(retry_seconds, least(60 * 2 ^ least(tried - 1, 11), 86400)));
    failed := CASE WHEN tried >= max_attempts THEN now() END;
    UPDATE public.deleted_objects AS d
       SET lease_id = NULL, due_at = due, failed_at = failed, last_error = coalesce(left(error, 1000), d.last_error)
     WHERE d.id = ANY (ids) AND d.lease_id = lease AND d.purged_at IS NULL AND d.attempts = tried;
    GET DIAGNOSTICS changed = ROW_COUNT;
    released := released + changed;
  END LOOP;
  RETURN released;
END;
$$;

REVOKE ALL ON FUNCTION public.release_deleted_objects(uuid, bigint[], text, integer) FROM PUBLIC, anon, authenticated;
GRANT EXECUTE ON FUNCTION public.release_deleted_objects(uuid, bigint[], text, integer) TO service_role;
-- end object
--> statement-breakpoint
-- object: track_library_keys
-- Trigger body: a key that leaves `library_tracks` goes to the outbox; one that comes must not be waiting there.
-- What came and what went is read from the transition tables first, then the outbox is asked: see track_upload_keys.
CREATE OR REPLACE FUNCTION private.track_library_keys() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER
SET search_path = ''
AS $$
DECLARE
  came text[];
  gone record;
  waiting text;
BEGIN
  IF TG_OP = 'INSERT' THEN
    came := ARRAY(SELECT n.file_key FROM new_rows AS n UNION SELECT n.preview_key FROM new_rows AS n);

  ELSIF TG_OP = 'UPDATE' THEN
    came := ARRAY(
      (SELECT n.file_key FROM new_rows AS n UNION SELECT n.preview_key FROM new_rows AS n)
      EXCEPT
      (SELECT o.file_key FROM old_rows AS o UNION SELECT o.preview_key FROM old_rows AS o)
    );
    FOR gone IN
      SELECT g.file_key, g.source
        FROM (
          SELECT o.file_key, 'library_tracks.file_key' AS source FROM old_rows AS o
          UNION ALL
          SELECT o.preview_key, 'library_tracks.preview_key' FROM old_rows AS o WHERE o.preview_key IS NOT NULL
        ) AS g
       WHERE NOT EXISTS (SELECT 1 FROM new_rows AS n WHERE g.file_key IN (n.file_key, n.preview_key))
       ORDER BY g.file_key
    LOOP
      INSERT INTO public.deleted_objects (file_key, source) VALUES (gone.file_key, gone.source)
          ON CONFLICT (file_key) WHERE purged_at IS NULL DO NOTHING;
    END LOOP;

  ELSIF TG_OP = 'DELETE' THEN
    FOR gone IN
      SELECT o.file_key, 'library_tracks.file_key' AS source FROM old_rows AS o
      UNION ALL
      SELECT o.preview_key, 'library_tracks.preview_key' FROM old_rows AS o WHERE o.preview_key IS NOT NULL
      ORDER BY file_key
    LOOP
      INSERT INTO public.deleted_objects (file_key, source) VALUES (gone.file_key, gone.source)
          ON CONFLICT (file_key) WHERE purged_at IS NULL DO NOTHING;
    END LOOP;

  ELSE
    FOR gone IN
      SELECT t.file_key, 'library_tracks.file_key' AS source FROM public.library_tracks AS t
      UNION ALL
      SELECT t.preview_key, 'library_tracks.preview_key' FROM public.library_tracks AS t WHERE t.preview_key IS NOT NULL
      ORDER BY file_key
    LOOP
      INSERT INTO public.deleted_objects (file_key, source) VALUES (gone.file_key, gone.source)
          ON CONFLICT (file_key) WHERE purged_at IS NULL DO NOTHING;
    END LOOP;
  END IF;

  -- A change that brings no key asks nothing.
  IF cardinality(came) > 0 THEN
    SELECT d.file_key
      INTO waiting
      FROM public.deleted_objects AS d
     WHERE d.file_key = ANY (came) AND d.purged_at IS NULL
     LIMIT 1;
    IF FOUND THEN
      PERFORM private.raise_key_pending_deletion(waiting);
    END IF;
  END IF;
  RETURN NULL;
END;
$$;

REVOKE ALL ON FUNCTION private.track_library_keys() FROM PUBLIC, anon, authenticated, service_role;
-- end object
--> statement-breakpoint
-- object: track_upload_keys
-- Trigger body: a key that leaves `uploads` goes to the outbox; one that takes its place must not be waiting there
-- (for a new row admit_uploads sees to that). The arbiter of the conflict is named, so that a collision of ids, as with a
-- sequence that is behind after a move, is an error that undoes the statement, and never a lost key.
-- Key by key: a transition table cannot be joined with a distributed table, nor inserted into one (src/distributed). What a
-- server with Citus cannot plan, it does not reach.
CREATE OR REPLACE FUNCTION private.track_upload_keys() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER
SET search_path = ''
AS $$
DECLARE
  came record;
  gone record;
BEGIN
  IF TG_OP = 'UPDATE' THEN
    FOR came IN
      SELECT n.user_id, n.file_key FROM new_rows AS n EXCEPT SELECT o.user_id, o.file_key FROM old_rows AS o
    LOOP
      PERFORM 1 FROM public.deleted_objects AS d WHERE d.file_key = came.file_key AND d.purged_at IS NULL;
      IF FOUND THEN
        PERFORM private.raise_key_pending_deletion(came.file_key);
      END IF;
    END LOOP;
    FOR gone IN
      SELECT o.user_id, o.file_key, o.size_bytes
        FROM old_rows AS o
       WHERE o.file_key NOT IN (SELECT n.file_key FROM new_rows AS n)
       ORDER BY o.file_key
    LOOP
      INSERT INTO public.deleted_objects (file_key, source, user_id, size_bytes)
      VALUES (gone.file_key, 'uploads.file_key', gone.user_id, gone.size_bytes)
          ON CONFLICT (file_key) WHERE purged_at IS NULL DO NOTHING;
    END LOOP;

  ELSIF TG_OP = 'DELETE' THEN
    IF current_setting('citus.version', true) IS NULL THEN
      -- Together: an account of 100,000 uploads is deleted in a third of the time that it takes key by key.
      INSERT INTO public.deleted_objects (file_key, source, user_id, size_bytes)
      SELECT o.file_key, 'uploads.file_key', o.user_id, o.size_bytes
        FROM old_rows AS o
       ORDER BY o.file_key
          ON CONFLICT (file_key) WHERE purged_at IS NULL DO NOTHING;
      RETURN NULL;
    END IF;
    FOR gone IN SELECT o.user_id, o.file_key, o.size_bytes FROM old_rows AS o ORDER BY o.file_key LOOP
      INSERT INTO public.deleted_objects (file_key, source, user_id, size_bytes)
      VALUES (gone.file_key, 'uploads.file_key', gone.user_id, gone.size_bytes)
          ON CONFLICT (file_key) WHERE purged_at IS NULL DO NOTHING;
    END LOOP;

  ELSE
    FOR gone IN SELECT f.user_id, f.file_key, f.size_bytes FROM public.uploads AS f ORDER BY f.file_key LOOP
      INSERT INTO public.deleted_objects (file_key, source, user_id, size_bytes)
      VALUES (gone.file_key, 'uploads.file_key', gone.user_id, gone.size_bytes)
          ON CONFLICT (file_key) WHERE purged_at IS NULL DO NOTHING;
    END LOOP;
  END IF;
  RETURN NULL;
END;
$$;

REVOKE ALL ON FUNCTION private.track_upload_keys() FROM PUBLIC, anon, authenticated, service_role;
-- end object
