-- migrate: no-transaction
-- The triggers have been counting since the migration before; what was there already is added a user at a time, so that
-- no uploader waits for more than its own recount. Counting a user twice gives the same figures.
DO $$
DECLARE
  owner_id uuid;
BEGIN
  FOR owner_id IN SELECT DISTINCT f.user_id FROM public.uploads AS f ORDER BY f.user_id LOOP
    PERFORM private.recount_user_uploads(owner_id);
    COMMIT;
  END LOOP;
END;
$$;
