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
        ON CONFLICT (user_id, day) DO NOTHING;
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
    -- Not TRUNCATE: in one with this table (TRUNCATE auth.users CASCADE) it is in use already. WHERE, for servers where
    -- the module safeupdate refuses a DELETE without one.
    DELETE FROM public.upload_daily_usage WHERE true;
  END IF;
  RETURN NULL;
END;
$$;

REVOKE ALL ON FUNCTION private.count_uploads() FROM PUBLIC, anon, authenticated, service_role;
