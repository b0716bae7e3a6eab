-- Whether `file_size` bytes more stay within `quota_limit` bytes a user and UTC day, whatever the session's TimeZone.
CREATE OR REPLACE FUNCTION public.check_user_upload_quota(
  user_id uuid,
  file_size bigint,
  quota_limit bigint DEFAULT 100000000
) RETURNS boolean
LANGUAGE plpgsql STABLE SECURITY DEFINER
SET search_path = ''
AS $$
DECLARE
  day_start constant timestamptz := date_trunc('day', now(), 'UTC');
  daily_total numeric;
BEGIN
  IF check_user_upload_quota.user_id IS NULL THEN
    RAISE EXCEPTION 'user_id must not be null' USING ERRCODE = '22023';
  END IF;
  IF file_size IS NULL OR file_size <= 0 THEN
    RAISE EXCEPTION 'file_size must be a positive number of bytes, not %', coalesce(file_size::text, 'null')
      USING ERRCODE = '22023';
  END IF;
  IF quota_limit IS NULL OR quota_limit < 0 THEN
    RAISE EXCEPTION 'quota_limit must be a number of bytes and not negative, not %', coalesce(quota_limit::text, 'null')
      USING ERRCODE = '22023';
  END IF;

  SELECT coalesce(sum(u.size_bytes), 0)
    INTO daily_total
    FROM public.uploads AS u
   WHERE u.user_id = check_user_upload_quota.user_id
     AND u.created_at >= day_start
     AND u.created_at < day_start + interval '24 hours';

  RETURN daily_total + file_size <= quota_limit;
END;
$$;

REVOKE ALL ON FUNCTION public.check_user_upload_quota(uuid, bigint, bigint) FROM PUBLIC, anon, authenticated;
GRANT EXECUTE ON FUNCTION public.check_user_upload_quota(uuid, bigint, bigint) TO service_role;
