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
