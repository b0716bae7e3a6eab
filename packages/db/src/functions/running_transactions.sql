-- The transactions that run in this database, this one left out, as pg_locks names them; prepared ones included.
-- A process without a user takes no key into use: autovacuum, which may run for hours, and who is still connecting.
CREATE OR REPLACE FUNCTION private.running_transactions() RETURNS text[]
LANGUAGE plpgsql
SET search_path = ''
AS $$
BEGIN
  -- Within a transaction pg_stat_activity stays as it was first read.
  PERFORM pg_stat_clear_snapshot();
  RETURN ARRAY(
    SELECT DISTINCT l.virtualtransaction
      FROM pg_locks AS l
      LEFT JOIN pg_stat_activity AS a ON a.pid = l.pid
     WHERE l.locktype IN ('virtualxid', 'transactionid')
       AND l.granted
       AND l.pid IS DISTINCT FROM pg_backend_pid()
       AND (l.pid IS NULL OR a.usesysid IS NOT NULL)
       AND (a.datname IS NULL OR a.datname = current_database())
  );
END;
$$;

REVOKE ALL ON FUNCTION private.running_transactions() FROM PUBLIC, anon, authenticated, service_role;
