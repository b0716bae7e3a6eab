-- Records that the claimed objects are gone from the store; their keys may be used again. Rows that another claim has
-- taken over since are left alone.
-- Returns how many rows were marked.
CREATE OR REPLACE FUNCTION public.mark_objects_purged(lease uuid, ids bigint[]) RETURNS integer
LANGUAGE plpgsql SECURITY DEFINER
SET search_path = ''
AS $$
DECLARE
  marked integer;
BEGIN
  UPDATE public.deleted_objects AS d
     SET purged_at = now(), lease_id = NULL
   WHERE d.id = ANY (ids) AND d.lease_id = lease AND d.purged_at IS NULL;
  GET DIAGNOSTICS marked = ROW_COUNT;
  RETURN marked;
END;
$$;

REVOKE ALL ON FUNCTION public.mark_objects_purged(uuid, bigint[]) FROM PUBLIC, anon, authenticated;
GRANT EXECUTE ON FUNCTION public.mark_objects_purged(uuid, bigint[]) TO service_role;
