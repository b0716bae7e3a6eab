-- The refusal (UP002) of a key whose object waits to be purged: in use again, it would be deleted under its new owner.
CREATE OR REPLACE FUNCTION private.raise_key_pending_deletion(file_key text) RETURNS void
LANGUAGE plpgsql
SET search_path = ''
AS $$
BEGIN
  RAISE EXCEPTION 'the object key waits to be purged'
    USING ERRCODE = 'UP002', DETAIL = format('Key (file_key)=(%s).', file_key);
END;
$$;

REVOKE ALL ON FUNCTION private.raise_key_pending_deletion(text) FROM PUBLIC, anon, authenticated, service_role;
