-- The rule of an upload's title, for a CHECK: 1 to 500 characters. See is_object_key for why it is a function, and one
-- without a SET clause.
CREATE OR REPLACE FUNCTION private.is_upload_title(value text) RETURNS boolean
LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE
AS $$
BEGIN
  RETURN pg_catalog.char_length(value) OPERATOR(pg_catalog.>=) 1 AND pg_catalog.char_length(value) OPERATOR(pg_catalog.<=) 500;
END;
$$;

-- Whoever may write rows has to be able to execute what the CHECKs call.
REVOKE ALL ON FUNCTION private.is_upload_title(text) FROM PUBLIC, anon, authenticated, service_role;
GRANT EXECUTE ON FUNCTION private.is_upload_title(text) TO authenticated, service_role;
