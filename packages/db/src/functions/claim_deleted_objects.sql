-- Hands out up to `batch_size` objects to delete from the store, under a lease of `lease_seconds`, in the order in which
-- they are due; rows that other workers have locked are skipped. A key is handed out only when nothing refers to it, and
-- nothing can: every transaction that ran when the row was first seen, and may have taken the key into use without seeing
-- that it waits, has ended by then.
-- Candidates are locked first and looked at after, so that the cost depends on the batch and not on the tables. A candidate
-- that cannot be handed out is put off and does not hold up those behind it. One that was claimed 16 times is set aside as failed.
CREATE OR REPLACE FUNCTION public.claim_deleted_objects(
  batch_size integer DEFAULT 100,
  lease_seconds integer DEFAULT 300
) RETURNS SETOF public.deleted_objects
LANGUAGE plpgsql SECURITY DEFINER
SET search_path = ''
AS $$
DECLARE
  max_attempts constant integer := 16;
  max_rounds constant integer := 10;
  lease constant uuid := gen_random_uuid();
  lease_end constant timestamptz := now() + make_interval(secs => lease_seconds);
  claimed integer := 0;
  running text[];
  candidates bigint[];
  waiting bigint[];
  used bigint[];
  failed bigint[];
  free bigint[];
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

  -- ARRAY: evaluated once, so that LIMIT and SKIP LOCKED hold. The running transactions are read after the statement's
  -- snapshot is taken: a transaction that is not among them sees the rows that are marked here.
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

  FOR round IN 1..max_rounds LOOP
    candidates := ARRAY(
      SELECT s.id
        FROM public.deleted_objects AS s
       WHERE s.purged_at IS NULL AND s.failed_at IS NULL AND s.waits_for IS NOT NULL AND s.due_at <= now()
       ORDER BY s.due_at, s.id
       LIMIT batch_size - claimed
         FOR UPDATE SKIP LOCKED
    );
    EXIT WHEN cardinality(candidates) = 0;

    SELECT array_agg(c.id) FILTER (WHERE c.state = 'waiting'), array_agg(c.id) FILTER (WHERE c.state = 'used'),
           array_agg(c.id) FILTER (WHERE c.state = 'failed'), array_agg(c.id) FILTER (WHERE c.state = 'free')
      INTO waiting, used, failed, free
      FROM (
        SELECT s.id,
               CASE
                 WHEN s.waits_for && running THEN 'waiting'
                 WHEN EXISTS (SELECT 1 FROM public.uploads AS f WHERE f.file_key = s.file_key) THEN 'used'
                 WHEN EXISTS (SELECT 1 FROM public.library_tracks AS t WHERE t.file_key = s.file_key) THEN 'used'
                 WHEN EXISTS (SELECT 1 FROM public.library_tracks AS t WHERE t.preview_key = s.file_key) THEN 'used'
                 WHEN s.attempts >= max_attempts THEN 'failed'
                 ELSE 'free'
               END AS state
          FROM public.deleted_objects AS s
         WHERE s.id = ANY (candidates)
      ) AS c;

    UPDATE public.deleted_objects AS d SET due_at = now() + interval '1 second', lease_id = NULL WHERE d.id = ANY (waiting);
    UPDATE public.deleted_objects AS d SET due_at = lease_end, lease_id = NULL WHERE d.id = ANY (used);
    UPDATE public.deleted_objects AS d SET failed_at = now(), lease_id = NULL WHERE d.id = ANY (failed);
    RETURN QUERY
    UPDATE public.deleted_objects AS d
       SET lease_id = lease, due_at = lease_end, attempts = d.attempts + 1
     WHERE d.id = ANY (free)
    RETURNING d.*;
    claimed := claimed + coalesce(cardinality(free), 0);
    EXIT WHEN claimed >= batch_size;
  END LOOP;
END;
$$;

REVOKE ALL ON FUNCTION public.claim_deleted_objects(integer, integer) FROM PUBLIC, anon, authenticated;
GRANT EXECUTE ON FUNCTION public.claim_deleted_objects(integer, integer) TO service_role;
