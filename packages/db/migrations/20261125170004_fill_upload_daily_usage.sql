-- migrate: no-transaction
-- The triggers have been counting since the migrations before; what was there already is added in batches of 500 users,
-- each in a transaction of its own. The row below says from which user on, so that an interrupted run goes on there.
CREATE TABLE IF NOT EXISTS private.upload_usage_fill (
	"next_user_id" uuid NOT NULL,
	"users_done" bigint NOT NULL
);
--> statement-breakpoint
DO $$
DECLARE
  batch_size constant integer := 500;
  next_user_id uuid;
  owners uuid[];
  owner uuid;
BEGIN
  INSERT INTO private.upload_usage_fill (next_user_id, users_done)
  SELECT '00000000-0000-0000-0000-000000000000', 0 WHERE NOT EXISTS (SELECT FROM private.upload_usage_fill);
  LOOP
    SELECT f.next_user_id INTO next_user_id FROM private.upload_usage_fill AS f;
    -- One more than the batch takes: the first of the next one.
    owners := ARRAY(
      SELECT DISTINCT f.user_id FROM public.uploads AS f WHERE f.user_id >= next_user_id ORDER BY f.user_id LIMIT batch_size + 1
    );
    FOREACH owner IN ARRAY owners[:batch_size] LOOP
      PERFORM private.recount_user_uploads(owner);
    END LOOP;
    EXIT WHEN cardinality(owners) <= batch_size;
    UPDATE private.upload_usage_fill AS f
       SET next_user_id = owners[batch_size + 1], users_done = f.users_done + batch_size
     WHERE true;
    COMMIT;
  END LOOP;
END;
$$;
--> statement-breakpoint
-- squawk-ignore ban-drop-table
DROP TABLE IF EXISTS private.upload_usage_fill;
