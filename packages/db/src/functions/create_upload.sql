-- Records an upload if it keeps the user's uploads of this UTC day within `quota_limit` bytes: exact under any
-- concurrency. Refuses with UP001 (see raise_quota_exceeded) or the error of the constraint that the row breaks.
CREATE OR REPLACE FUNCTION public.create_upload(
  user_id uuid,
  file_key text,
  content_type text,
  size_bytes bigint,
  title text DEFAULT NULL,
  quota_limit bigint DEFAULT 100000000,
  id uuid DEFAULT gen_random_uuid()
) RETURNS public.uploads
LANGUAGE plpgsql SECURITY DEFINER
SET search_path = ''
AS $$
BEGIN
  RETURN private.create_upload_at(now(), user_id, file_key, content_type, size_bytes, title, quota_limit, id);
END;
$$;

REVOKE ALL ON FUNCTION public.create_upload(uuid, text, text, bigint, text, bigint, uuid) FROM PUBLIC, anon, authenticated;
GRANT EXECUTE ON FUNCTION public.create_upload(uuid, text, text, bigint, text, bigint, uuid) TO service_role;
