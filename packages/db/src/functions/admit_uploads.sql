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
