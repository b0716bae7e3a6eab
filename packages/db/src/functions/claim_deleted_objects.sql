-- Hands out up to `batch_size` objects to delete from the store, under a lease of `lease_seconds`; other workers' rows
-- are skipped. A key comes out only when nothing refers to it, and nothing can: every transaction that ran when the row
-- was first seen, and may have taken the key into use without seeing it, has ended by then.
CREATE OR REPLACE FUNCTION public.claim_deleted_objects(
  batch_size integer DEFAULT 100,
  lease_seconds integer DEFAULT 300
) RETURNS SETOF public.deleted_objects
LANGUAGE plpgsql SECURITY DEFINER
SET search_path = ''
AS $$
DECLARE
  lease constant uuid := gen_random_uuid();
  running text[];
BEGIN
  IF batch_size IS NULL OR batch_size NOT BETWEEN 1 AND 1000 THEN
    RAISE EXCEPTION 'batch_size must be 1 to 1000 rows, not %', coalesce(batch_size::text, 'null') USING ERRCODE = '22023';
  END IF;
  IF lease_seconds IS NULL OR lease_seconds NOT BETWEEN 1 AND 86400 THEN
    RAISE EXCEPTION 'lease_seconds must be 1 to 86400, not %', coalesce(lease_seconds::text, 'null') USING ERRCODE = '22023';
  END IF;
  -- Each step below has to see what was committed after the one before.
  IF current_setting('transaction_isolation') <> 'read committed' THEN
    RAISE EXCEPTION 'claim_deleted_objects needs READ COMMITTED' USING ERRCODE = 'active_sql_transaction';
  END IF;

  -- ARRAY: evaluated once, so that LIMIT and SKIP LOCKED hold. Who runs is read after the statement's snapshot is taken: who is not among them sees the rows marked here.
  UPDATE public.deleted_objects AS d
     SET waits_for = (SELECT private.running_transactions())
   WHERE d.id = ANY (ARRAY(
           SELECT s.id
             FROM public.deleted_objects AS s
            WHERE s.purged_at IS NULL AND s.waits_for IS NULL
            ORDER BY s.id
            LIMIT 10 * batch_size
              FOR UPDATE SKIP LOCKED
         ));

  running := private.running_transactions();

  RETURN QUERY
  UPDATE public.deleted_objects AS d
     SET lease_id = lease,
         lease_expires_at = now() + make_interval(secs => lease_seconds),
         attempts = d.attempts + 1
   WHERE d.id = ANY (ARRAY(
           SELECT s.id
             FROM public.deleted_objects AS s
            WHERE s.purged_at IS NULL
              AND NOT s.waits_for && running
              AND (s.lease_expires_at IS NULL OR s.lease_expires_at <= now())
              AND NOT EXISTS (SELECT FROM public.uploads AS f WHERE f.file_key = s.file_key)
              AND NOT EXISTS (SELECT FROM public.library_tracks AS t WHERE t.file_key = s.file_key)
              AND NOT EXISTS (SELECT FROM public.library_tracks AS t WHERE t.preview_key = s.file_key)
            ORDER BY s.id
            LIMIT batch_size
              FOR UPDATE OF s SKIP LOCKED
         ))
  RETURNING d.*;
END;
$$;

REVOKE ALL ON FUNCTION public.claim_deleted_objects(integer, integer) FROM PUBLIC, anon, authenticated;
GRANT EXECUTE ON FUNCTION public.claim_deleted_objects(integer, integer) TO service_role;
