-- The transactions that run in this database, this one left out, as pg_locks names them; prepared ones included.
-- Autovacuum's are left out where this role may know them: they take no key into use.
CREATE OR REPLACE FUNCTION private.running_transactions() RETURNS text[]
LANGUAGE plpgsql
SET search_path = ''
AS $$
BEGIN
  RETURN ARRAY(
    SELECT DISTINCT l.virtualtransaction
      FROM pg_locks AS l
      LEFT JOIN pg_stat_activity AS a ON a.pid = l.pid
     WHERE l.locktype IN ('virtualxid', 'transactionid')
       AND l.granted
       AND l.pid IS DISTINCT FROM pg_backend_pid()
       AND (a.datname IS NULL OR a.datname = current_database())
       AND a.backend_type IS DISTINCT FROM 'autovacuum worker'
  );
END;
$$;

REVOKE ALL ON FUNCTION private.running_transactions() FROM PUBLIC, anon, authenticated, service_role;
