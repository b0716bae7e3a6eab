-- Puts objects that were set aside as failed back: they are due at once, as if they had never been claimed. The last error
-- is kept.
-- Returns how many rows were put back; a row that is not set aside is left alone.
CREATE OR REPLACE FUNCTION public.retry_failed_objects(ids bigint[]) RETURNS integer
LANGUAGE plpgsql SECURITY DEFINER
SET search_path = ''
AS $$
DECLARE
  retried integer;
BEGIN
  UPDATE public.deleted_objects AS d
     SET failed_at = NULL, attempts = 0, due_at = now()
   WHERE d.id = ANY (ids) AND d.failed_at IS NOT NULL AND d.purged_at IS NULL;
  GET DIAGNOSTICS retried = ROW_COUNT;
  RETURN retried;
END;
$$;

REVOKE ALL ON FUNCTION public.retry_failed_objects(bigint[]) FROM PUBLIC, anon, authenticated;
GRANT EXECUTE ON FUNCTION public.retry_failed_objects(bigint[]) TO service_role;
