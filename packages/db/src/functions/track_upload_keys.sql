-- Trigger body: a key that leaves `uploads` goes to the outbox; one that takes its place must not be waiting there
-- (for a new row admit_uploads sees to that). The arbiter of the conflict is named, so that a collision of ids, as with a
-- sequence that is behind after a move, is an error that undoes the statement, and never a lost key.
-- Key by key: a transition table cannot be joined with a distributed table, nor inserted into one (src/distributed). What a
-- server with Citus cannot plan, it does not reach.
CREATE OR REPLACE FUNCTION private.track_upload_keys() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER
SET search_path = ''
AS $$
DECLARE
  came record;
  gone record;
BEGIN
  IF TG_OP = 'UPDATE' THEN
    FOR came IN
      SELECT n.user_id, n.file_key FROM new_rows AS n EXCEPT SELECT o.user_id, o.file_key FROM old_rows AS o
    LOOP
      PERFORM 1 FROM public.deleted_objects AS d WHERE d.file_key = came.file_key AND d.purged_at IS NULL;
      IF FOUND THEN
        PERFORM private.raise_key_pending_deletion(came.file_key);
      END IF;
    END LOOP;
    FOR gone IN
      SELECT o.user_id, o.file_key, o.size_bytes
        FROM old_rows AS o
       WHERE o.file_key NOT IN (SELECT n.file_key FROM new_rows AS n)
       ORDER BY o.file_key
    LOOP
      INSERT INTO public.deleted_objects (file_key, source, user_id, size_bytes)
      VALUES (gone.file_key, 'uploads.file_key', gone.user_id, gone.size_bytes)
          ON CONFLICT (file_key) WHERE purged_at IS NULL DO NOTHING;
    END LOOP;

  ELSIF TG_OP = 'DELETE' THEN
    IF current_setting('citus.version', true) IS NULL THEN
      -- Together: an account of 100,000 uploads is deleted in a third of the time that it takes key by key.
      INSERT INTO public.deleted_objects (file_key, source, user_id, size_bytes)
      SELECT o.file_key, 'uploads.file_key', o.user_id, o.size_bytes
        FROM old_rows AS o
       ORDER BY o.file_key
          ON CONFLICT (file_key) WHERE purged_at IS NULL DO NOTHING;
      RETURN NULL;
    END IF;
    FOR gone IN SELECT o.user_id, o.file_key, o.size_bytes FROM old_rows AS o ORDER BY o.file_key LOOP
      INSERT INTO public.deleted_objects (file_key, source, user_id, size_bytes)
      VALUES (gone.file_key, 'uploads.file_key', gone.user_id, gone.size_bytes)
          ON CONFLICT (file_key) WHERE purged_at IS NULL DO NOTHING;
    END LOOP;

  ELSE
    FOR gone IN SELECT f.user_id, f.file_key, f.size_bytes FROM public.uploads AS f ORDER BY f.file_key LOOP
      INSERT INTO public.deleted_objects (file_key, source, user_id, size_bytes)
      VALUES (gone.file_key, 'uploads.file_key', gone.user_id, gone.size_bytes)
          ON CONFLICT (file_key) WHERE purged_at IS NULL DO NOTHING;
    END LOOP;
  END IF;
  RETURN NULL;
END;
$$;

REVOKE ALL ON FUNCTION private.track_upload_keys() FROM PUBLIC, anon, authenticated, service_role;
