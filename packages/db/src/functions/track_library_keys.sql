-- Trigger body: a key that leaves `library_tracks` goes to the outbox; one that comes must not be waiting there.
-- What came and what went is read from the transition tables first, then the outbox is asked: see track_upload_keys.
CREATE OR REPLACE FUNCTION private.track_library_keys() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER
SET search_path = ''
AS $$
DECLARE
  came text[];
  gone record;
  waiting text;
BEGIN
  IF TG_OP = 'INSERT' THEN
    came := ARRAY(SELECT n.file_key FROM new_rows AS n UNION SELECT n.preview_key FROM new_rows AS n);

  ELSIF TG_OP = 'UPDATE' THEN
    came := ARRAY(
      (SELECT n.file_key FROM new_rows AS n UNION SELECT n.preview_key FROM new_rows AS n)
      EXCEPT
      (SELECT o.file_key FROM old_rows AS o UNION SELECT o.preview_key FROM old_rows AS o)
    );
    FOR gone IN
      SELECT g.file_key, g.source
        FROM (
          SELECT o.file_key, 'library_tracks.file_key' AS source FROM old_rows AS o
          UNION ALL
          SELECT o.preview_key, 'library_tracks.preview_key' FROM old_rows AS o WHERE o.preview_key IS NOT NULL
        ) AS g
       WHERE NOT EXISTS (SELECT 1 FROM new_rows AS n WHERE g.file_key IN (n.file_key, n.preview_key))
       ORDER BY g.file_key
    LOOP
      INSERT INTO public.deleted_objects (file_key, source) VALUES (gone.file_key, gone.source)
          ON CONFLICT (file_key) WHERE purged_at IS NULL DO NOTHING;
    END LOOP;

  ELSIF TG_OP = 'DELETE' THEN
    FOR gone IN
      SELECT o.file_key, 'library_tracks.file_key' AS source FROM old_rows AS o
      UNION ALL
      SELECT o.preview_key, 'library_tracks.preview_key' FROM old_rows AS o WHERE o.preview_key IS NOT NULL
      ORDER BY file_key
    LOOP
      INSERT INTO public.deleted_objects (file_key, source) VALUES (gone.file_key, gone.source)
          ON CONFLICT (file_key) WHERE purged_at IS NULL DO NOTHING;
    END LOOP;

  ELSE
    FOR gone IN
      SELECT t.file_key, 'library_tracks.file_key' AS source FROM public.library_tracks AS t
      UNION ALL
      SELECT t.preview_key, 'library_tracks.preview_key' FROM public.library_tracks AS t WHERE t.preview_key IS NOT NULL
      ORDER BY file_key
    LOOP
      INSERT INTO public.deleted_objects (file_key, source) VALUES (gone.file_key, gone.source)
          ON CONFLICT (file_key) WHERE purged_at IS NULL DO NOTHING;
    END LOOP;
  END IF;

  -- A change that brings no key asks nothing.
  IF cardinality(came) > 0 THEN
    SELECT d.file_key
      INTO waiting
      FROM public.deleted_objects AS d
     WHERE d.file_key = ANY (came) AND d.purged_at IS NULL
     LIMIT 1;
    IF FOUND THEN
      PERFORM private.raise_key_pending_deletion(waiting);
    END IF;
  END IF;
  RETURN NULL;
END;
$$;

REVOKE ALL ON FUNCTION private.track_library_keys() FROM PUBLIC, anon, authenticated, service_role;
