-- The two functions that a distributed database has of its own. FOR UPDATE SKIP LOCKED reaches one shard, so that a claim goes
-- owner by owner; and a transaction that takes a key into use runs on the node of its owner's shard, so that every node is
-- asked who runs. The meaning is that of src/functions/claim_deleted_objects.sql, but for one thing: what no claim had seen
-- comes out at a later one, since this claim's own transactions on the workers are among those that run.
CREATE OR REPLACE FUNCTION private.running_transactions_everywhere() RETURNS text[]
LANGUAGE plpgsql
SET search_path = ''
AS $$
DECLARE
  node record;
  running text[] := private.running_transactions();
BEGIN
  FOR node IN
    SELECT w.nodename, w.nodeport, w.success, w.result
      FROM pg_catalog.run_command_on_workers('SELECT private.running_transactions()::text') AS w
  LOOP
    IF NOT node.success THEN
      RAISE EXCEPTION 'the node %:% cannot be asked which transactions run: %', node.nodename, node.nodeport, node.result
        USING ERRCODE = 'connection_failure';
    END IF;
    running := running || ARRAY(
      SELECT node.nodename || ':' || node.nodeport || ' ' || t.transaction FROM unnest(node.result::text[]) AS t (transaction)
    );
  END LOOP;
  RETURN running;
END;
$$;

REVOKE ALL ON FUNCTION private.running_transactions_everywhere() FROM PUBLIC, anon, authenticated, service_role;

CREATE OR REPLACE FUNCTION public.claim_deleted_objects(
  batch_size integer DEFAULT 100,
  lease_seconds integer DEFAULT 300
) RETURNS SETOF public.deleted_objects
LANGUAGE plpgsql SECURITY DEFINER
SET search_path = ''
AS $$
DECLARE
  max_attempts constant integer := 16;
  nobody constant uuid := '00000000-0000-0000-0000-000000000000';
  lease constant uuid := gen_random_uuid();
  lease_end constant timestamptz := now() + make_interval(secs => lease_seconds);
  claimed integer := 0;
  running text[];
  owners uuid[];
  ids bigint[];
  of_owner record;
  object public.deleted_objects;
  used boolean;
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

  -- The rows are listed before the running transactions are read: one that is not among these sees the listed rows.
  SELECT array_agg(s.user_id), array_agg(s.id)
    INTO owners, ids
    FROM (
      SELECT d.user_id, d.id FROM public.deleted_objects AS d
       WHERE d.purged_at IS NULL AND d.waits_for IS NULL
       ORDER BY d.id
       LIMIT 10 * batch_size
    ) AS s;
  running := private.running_transactions_everywhere();
  FOR of_owner IN
    SELECT l.user_id, array_agg(l.id) AS ids
      FROM unnest(owners, ids) AS l (user_id, id)
     GROUP BY l.user_id
     ORDER BY l.user_id
  LOOP
    UPDATE public.deleted_objects AS d
       SET waits_for = running
     WHERE d.user_id = of_owner.user_id
       AND d.id = ANY (ARRAY(
             SELECT s.id
               FROM public.deleted_objects AS s
              WHERE s.user_id = of_owner.user_id AND s.id = ANY (of_owner.ids) AND s.waits_for IS NULL
              ORDER BY s.id
                FOR UPDATE SKIP LOCKED
           ));
  END LOOP;

  running := private.running_transactions_everywhere();

  -- More owners than are needed, in an order of this claim's own, so that workers do not all ask for the same rows.
  FOR of_owner IN
    SELECT c.user_id
      FROM (
        SELECT s.user_id, min(s.due_at) AS due_at
          FROM public.deleted_objects AS s
         WHERE s.purged_at IS NULL AND s.failed_at IS NULL AND s.waits_for IS NOT NULL AND s.due_at <= now()
         GROUP BY s.user_id
         ORDER BY due_at
         LIMIT 4 * batch_size
      ) AS c
     ORDER BY random()
  LOOP
    FOR object IN
      SELECT s.*
        FROM public.deleted_objects AS s
       WHERE s.user_id = of_owner.user_id
         AND s.purged_at IS NULL AND s.failed_at IS NULL AND s.waits_for IS NOT NULL AND s.due_at <= now()
       ORDER BY s.due_at, s.id
       LIMIT batch_size - claimed
         FOR UPDATE SKIP LOCKED
    LOOP
      IF object.waits_for && running THEN
        UPDATE public.deleted_objects AS d
           SET due_at = now() + interval '1 second', lease_id = NULL
         WHERE d.user_id = object.user_id AND d.id = object.id;
        CONTINUE;
      END IF;
      -- Statements of their own: the library is the coordinator's table, and no plan holds it beside a distributed one.
      PERFORM 1 FROM public.library_tracks AS t WHERE t.file_key = object.file_key OR t.preview_key = object.file_key;
      used := FOUND;
      IF NOT used AND object.user_id <> nobody THEN
        PERFORM 1 FROM public.uploads AS f WHERE f.user_id = object.user_id AND f.file_key = object.file_key;
        used := FOUND;
      ELSIF NOT used THEN
        -- A key of the library may have become anybody's.
        PERFORM 1 FROM public.uploads AS f WHERE f.file_key = object.file_key LIMIT 1;
        used := FOUND;
      END IF;
      IF used THEN
        UPDATE public.deleted_objects AS d
           SET due_at = lease_end, lease_id = NULL
         WHERE d.user_id = object.user_id AND d.id = object.id;
      ELSIF object.attempts >= max_attempts THEN
        UPDATE public.deleted_objects AS d
           SET failed_at = now(), lease_id = NULL
         WHERE d.user_id = object.user_id AND d.id = object.id;
      ELSE
        UPDATE public.deleted_objects AS d
           SET lease_id = lease, due_at = lease_end, attempts = d.attempts + 1
         WHERE d.user_id = object.user_id AND d.id = object.id
        RETURNING d.* INTO object;
        claimed := claimed + 1;
        RETURN NEXT object;
      END IF;
    END LOOP;
    EXIT WHEN claimed >= batch_size;
  END LOOP;
END;
$$;

REVOKE ALL ON FUNCTION public.claim_deleted_objects(integer, integer) FROM PUBLIC, anon, authenticated;
GRANT EXECUTE ON FUNCTION public.claim_deleted_objects(integer, integer) TO service_role;
