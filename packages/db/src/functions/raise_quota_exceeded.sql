-- The refusal of an upload over the quota: SQLSTATE UP001, and a DETAIL of JSON for programs (bytes; a UTC instant).
CREATE OR REPLACE FUNCTION private.raise_quota_exceeded(used bigint, quota_limit bigint, as_of timestamptz) RETURNS void
LANGUAGE plpgsql
SET search_path = ''
AS $$
BEGIN
  RAISE EXCEPTION 'the upload would exceed the day''s quota of % bytes', quota_limit
    USING ERRCODE = 'UP001',
          DETAIL = json_build_object(
            'used', used,
            'limit', quota_limit,
            'remaining', greatest(quota_limit - used, 0),
            'resets_at', to_char(date_trunc('day', as_of AT TIME ZONE 'UTC') + interval '1 day', 'YYYY-MM-DD"T"HH24:MI:SS"Z"')
          )::text;
END;
$$;

REVOKE ALL ON FUNCTION private.raise_quota_exceeded(bigint, bigint, timestamptz) FROM PUBLIC, anon, authenticated, service_role;
