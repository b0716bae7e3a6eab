-- Sets a user's counters to what `uploads` holds; exact while others write, because whoever adds an upload holds its
-- counter until commit. Days without uploads are set to 0.
CREATE OR REPLACE FUNCTION private.recount_user_uploads(user_id uuid) RETURNS void
LANGUAGE plpgsql
SET search_path = ''
AS $$
BEGIN
  INSERT INTO public.upload_daily_usage (user_id, day, used_bytes)
  SELECT DISTINCT f.user_id, (f.created_at AT TIME ZONE 'UTC')::date AS day, 0
    FROM public.uploads AS f
   WHERE f.user_id = recount_user_uploads.user_id
   ORDER BY day
      ON CONFLICT DO NOTHING;
  PERFORM
     FROM public.upload_daily_usage AS u
    WHERE u.user_id = recount_user_uploads.user_id
    ORDER BY u.day
      FOR UPDATE;
  UPDATE public.upload_daily_usage AS u
     SET used_bytes = coalesce((
           SELECT sum(f.size_bytes)
             FROM public.uploads AS f
            WHERE f.user_id = u.user_id
              AND (f.created_at AT TIME ZONE 'UTC')::date = u.day
         ), 0)
   WHERE u.user_id = recount_user_uploads.user_id;
END;
$$;

REVOKE ALL ON FUNCTION private.recount_user_uploads(uuid) FROM PUBLIC, anon, authenticated, service_role;
