-- Whether `file_size` bytes more stay within `quota_limit` bytes a user and UTC day, whatever the session's TimeZone.
-- It promises nothing for later: create_upload is what holds the limit.
CREATE OR REPLACE FUNCTION public.check_user_upload_quota(
  user_id uuid,
  file_size bigint,
  quota_limit bigint DEFAULT 100000000
) RETURNS boolean
LANGUAGE plpgsql STABLE SECURITY DEFINER
SET search_path = ''
AS $$
BEGIN
  IF user_id IS NULL THEN
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

  -- Subtracted, not added: a sum could overflow.
  RETURN file_size <= quota_limit - private.used_upload_bytes(user_id, now());
END;
$$;

REVOKE ALL ON FUNCTION public.check_user_upload_quota(uuid, bigint, bigint) FROM PUBLIC, anon, authenticated;
GRANT EXECUTE ON FUNCTION public.check_user_upload_quota(uuid, bigint, bigint) TO service_role;
