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
