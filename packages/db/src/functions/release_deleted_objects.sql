-- Gives claimed objects back before their lease ends, with what went wrong. They are due again after `retry_seconds`; null
-- takes a minute after the first attempt, and twice as long after each further one, up to a day. A row that was claimed 16
-- times is set aside as failed. Rows that another claim has taken over since are left alone.
-- Returns how many rows were given back.
CREATE OR REPLACE FUNCTION public.release_deleted_objects(
  lease uuid,
  ids bigint[],
  error text DEFAULT NULL,
  retry_seconds integer DEFAULT NULL
) RETURNS integer
LANGUAGE plpgsql SECURITY DEFINER
SET search_path = ''
AS $$
DECLARE
  max_attempts constant integer := 16;
  tried integer;
  due timestamptz;
  failed timestamptz;
  changed integer;
  released integer := 0;
BEGIN
  IF retry_seconds NOT BETWEEN 0 AND 86400 THEN
    RAISE EXCEPTION 'retry_seconds must be 0 to 86400, not %', retry_seconds USING ERRCODE = '22023';
  END IF;
  -- The times are computed outside the UPDATE: that of a distributed table takes no STABLE operator on a column or in a CASE.
  FOR tried IN
    SELECT DISTINCT d.attempts
      FROM public.deleted_objects AS d
     WHERE d.id = ANY (ids) AND d.lease_id = lease AND d.purged_at IS NULL
  LOOP
    due := now() + make_interval(secs => coalesce(retry_seconds, least(60 * 2 ^ least(tried - 1, 11), 86400)));
    failed := CASE WHEN tried >= max_attempts THEN now() END;
    UPDATE public.deleted_objects AS d
       SET lease_id = NULL, due_at = due, failed_at = failed, last_error = coalesce(left(error, 1000), d.last_error)
     WHERE d.id = ANY (ids) AND d.lease_id = lease AND d.purged_at IS NULL AND d.attempts = tried;
    GET DIAGNOSTICS changed = ROW_COUNT;
    released := released + changed;
  END LOOP;
  RETURN released;
END;
$$;

REVOKE ALL ON FUNCTION public.release_deleted_objects(uuid, bigint[], text, integer) FROM PUBLIC, anon, authenticated;
GRANT EXECUTE ON FUNCTION public.release_deleted_objects(uuid, bigint[], text, integer) TO service_role;
