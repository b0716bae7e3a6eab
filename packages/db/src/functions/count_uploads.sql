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
