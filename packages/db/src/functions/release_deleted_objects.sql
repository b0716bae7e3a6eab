-- Gives claimed objects back before their lease ends, with what went wrong; they can be claimed again after
-- `retry_seconds`. Rows that another claim has taken over since are left alone.
-- Returns how many rows were given back.
CREATE OR REPLACE FUNCTION public.release_deleted_objects(
  lease uuid,
  ids bigint[],
  error text DEFAULT NULL,
  retry_seconds integer DEFAULT 0
) RETURNS integer
LANGUAGE plpgsql SECURITY DEFINER
SET search_path = ''
AS $$
DECLARE
  released integer;
BEGIN
  IF retry_seconds IS NULL OR retry_seconds NOT BETWEEN 0 AND 86400 THEN
    RAISE EXCEPTION 'retry_seconds must be 0 to 86400, not %', coalesce(retry_seconds::text, 'null') USING ERRCODE = '22023';
  END IF;
  UPDATE public.deleted_objects AS d
     SET lease_id = NULL,
         lease_expires_at = now() + make_interval(secs => retry_seconds),
         last_error = coalesce(left(error, 1000), d.last_error)
   WHERE d.id = ANY (ids) AND d.lease_id = lease AND d.purged_at IS NULL;
  GET DIAGNOSTICS released = ROW_COUNT;
  RETURN released;
END;
$$;

REVOKE ALL ON FUNCTION public.release_deleted_objects(uuid, bigint[], text, integer) FROM PUBLIC, anon, authenticated;
GRANT EXECUTE ON FUNCTION public.release_deleted_objects(uuid, bigint[], text, integer) TO service_role;
