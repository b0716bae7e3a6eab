-- The rule of a media type, for a CHECK: type and subtype as restricted names of at most 127 characters (RFC 6838 section
-- 4.2), without parameters. The lengths are counted apart: a bounded repetition makes an automaton of hundreds of states.
-- See is_object_key for why it is a function, and one without a SET clause.
CREATE OR REPLACE FUNCTION private.is_media_type(value text) RETURNS boolean
LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE
AS $$
BEGIN
  RETURN value OPERATOR(pg_catalog.~) '^[A-Za-z0-9][A-Za-z0-9!#$&^_.+-]*/[A-Za-z0-9][A-Za-z0-9!#$&^_.+-]*$'
     AND pg_catalog.strpos(value, '/') OPERATOR(pg_catalog.<=) 128
     AND pg_catalog.char_length(value) OPERATOR(pg_catalog.-) pg_catalog.strpos(value, '/') OPERATOR(pg_catalog.<=) 127;
END;
$$;

-- Whoever may write rows has to be able to execute what the CHECKs call.
REVOKE ALL ON FUNCTION private.is_media_type(text) FROM PUBLIC, anon, authenticated, service_role;
GRANT EXECUTE ON FUNCTION private.is_media_type(text) TO authenticated, service_role;
