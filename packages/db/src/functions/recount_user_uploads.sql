-- Sets a user's counters to what `uploads` holds; exact while others write. Whoever adds an upload holds its day's counter
-- until commit, so that a sum is right for a day whose counter is locked here, and for no other: a day that begins
-- meanwhile is left to its own triggers. Days without uploads are set to 0.
CREATE OR REPLACE FUNCTION private.recount_user_uploads(user_id uuid) RETURNS void
LANGUAGE plpgsql
SET search_path = ''
AS $$
DECLARE
  locked date[];
BEGIN
  INSERT INTO public.upload_daily_usage (user_id, day, used_bytes)
  SELECT DISTINCT f.user_id, (f.created_at AT TIME ZONE 'UTC')::date AS day, 0
    FROM public.uploads AS f
   WHERE f.user_id = recount_user_uploads.user_id
   ORDER BY day
      ON CONFLICT ON CONSTRAINT upload_daily_usage_pkey DO NOTHING;
  locked := ARRAY(
    SELECT u.day
      FROM public.upload_daily_usage AS u
     WHERE u.user_id = recount_user_uploads.user_id
     ORDER BY u.day
       FOR UPDATE
  );
  -- Summed in one pass: a sum for each day would read the user's uploads as often as there are days.
  UPDATE public.upload_daily_usage AS u
     SET used_bytes = held.bytes
    FROM (
      SELECT d.day, coalesce(sum(f.size_bytes), 0) AS bytes
        FROM unnest(locked) AS d (day)
        LEFT JOIN public.uploads AS f
          ON f.user_id = recount_user_uploads.user_id AND (f.created_at AT TIME ZONE 'UTC')::date = d.day
       GROUP BY d.day
    ) AS held
   WHERE u.user_id = recount_user_uploads.user_id AND u.day = held.day;
END;
$$;

REVOKE ALL ON FUNCTION private.recount_user_uploads(uuid) FROM PUBLIC, anon, authenticated, service_role;
