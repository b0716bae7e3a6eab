-- Trigger body: a key that leaves `uploads` goes to the outbox; one that takes its place must not be waiting there
-- (for a new row admit_uploads sees to that). The arbiter of the conflict is named, so that a collision of ids, as with a
-- sequence that is behind after a move, is an error that undoes the statement, and never a lost key.
CREATE OR REPLACE FUNCTION private.track_upload_keys() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER
SET search_path = ''
AS $$
DECLARE
  waiting text;
BEGIN
  IF TG_OP = 'UPDATE' THEN
    SELECT d.file_key
      INTO waiting
      FROM (SELECT n.file_key FROM new_rows AS n EXCEPT SELECT o.file_key FROM old_rows AS o) AS come
      JOIN public.deleted_objects AS d ON d.file_key = come.file_key AND d.purged_at IS NULL
     LIMIT 1;
    IF FOUND THEN
      PERFORM private.raise_key_pending_deletion(waiting);
    END IF;
    INSERT INTO public.deleted_objects (file_key, source, user_id, size_bytes)
    SELECT o.file_key, 'uploads.file_key', o.user_id, o.size_bytes
      FROM old_rows AS o
     WHERE o.file_key NOT IN (SELECT n.file_key FROM new_rows AS n)
     ORDER BY o.file_key
        ON CONFLICT (file_key) WHERE purged_at IS NULL DO NOTHING;

  ELSIF TG_OP = 'DELETE' THEN
    INSERT INTO public.deleted_objects (file_key, source, user_id, size_bytes)
    SELECT o.file_key, 'uploads.file_key', o.user_id, o.size_bytes
      FROM old_rows AS o
     ORDER BY o.file_key
        ON CONFLICT (file_key) WHERE purged_at IS NULL DO NOTHING;

  ELSE
    INSERT INTO public.deleted_objects (file_key, source, user_id, size_bytes)
    SELECT f.file_key, 'uploads.file_key', f.user_id, f.size_bytes
      FROM public.uploads AS f
     ORDER BY f.file_key
        ON CONFLICT (file_key) WHERE purged_at IS NULL DO NOTHING;
  END IF;
  RETURN NULL;
END;
$$;

REVOKE ALL ON FUNCTION private.track_upload_keys() FROM PUBLIC, anon, authenticated, service_role;
