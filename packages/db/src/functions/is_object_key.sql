-- The rule of an object's key, for CHECKs: 1 to 1,024 bytes of UTF-8 in Normalization Form C. PostgreSQL reads a CHECK's
-- expression anew at every statement, and a call is the shortest expression; plpgsql keeps its plan for the session.
-- No SET clause, which every call would pay for: all names and operators are qualified instead.
CREATE OR REPLACE FUNCTION private.is_object_key(value text) RETURNS boolean
LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE
AS $$
BEGIN
  IF pg_catalog.octet_length(value) OPERATOR(pg_catalog.=) pg_catalog.char_length(value) THEN
    -- ASCII is NFC. To ask for the normal form costs ten times as much.
    RETURN pg_catalog.octet_length(value) OPERATOR(pg_catalog.>=) 1
       AND pg_catalog.octet_length(value) OPERATOR(pg_catalog.<=) 1024;
  END IF;
  RETURN pg_catalog.octet_length(value) OPERATOR(pg_catalog.<=) 1024 AND value IS NFC NORMALIZED;
END;
$$;

-- Whoever may write rows has to be able to execute what the CHECKs call.
REVOKE ALL ON FUNCTION private.is_object_key(text) FROM PUBLIC, anon, authenticated, service_role;
GRANT EXECUTE ON FUNCTION private.is_object_key(text) TO authenticated, service_role;
