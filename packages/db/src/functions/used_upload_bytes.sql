-- The bytes that the user has uploaded on the UTC day of `as_of`.
CREATE OR REPLACE FUNCTION private.used_upload_bytes(user_id uuid, as_of timestamptz) RETURNS bigint
LANGUAGE plpgsql STABLE
SET search_path = ''
AS $$
BEGIN
  RETURN coalesce((
    SELECT u.used_bytes
      FROM public.upload_daily_usage AS u
     WHERE u.user_id = used_upload_bytes.user_id
       AND u.day = (as_of AT TIME ZONE 'UTC')::date
  ), 0);
END;
$$;

REVOKE ALL ON FUNCTION private.used_upload_bytes(uuid, timestamptz) FROM PUBLIC, anon, authenticated;
