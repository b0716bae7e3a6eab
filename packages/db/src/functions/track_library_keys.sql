-- Trigger body: a key that leaves `library_tracks` goes to the outbox; one that comes must not be waiting there.
CREATE OR REPLACE FUNCTION private.track_library_keys() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER
SET search_path = ''
AS $$
DECLARE
  waiting text;
BEGIN
  IF TG_OP = 'INSERT' THEN
    SELECT d.file_key
      INTO waiting
      FROM (SELECT n.file_key FROM new_rows AS n UNION SELECT n.preview_key FROM new_rows AS n) AS come
      JOIN public.deleted_objects AS d ON d.file_key = come.file_key AND d.purged_at IS NULL
     LIMIT 1;

  ELSIF TG_OP = 'UPDATE' THEN
    SELECT d.file_key
      INTO waiting
      FROM (
        (SELECT n.file_key FROM new_rows AS n UNION SELECT n.preview_key FROM new_rows AS n)
        EXCEPT
        (SELECT o.file_key FROM old_rows AS o UNION SELECT o.preview_key FROM old_rows AS o)
      ) AS come
      JOIN public.deleted_objects AS d ON d.file_key = come.file_key AND d.purged_at IS NULL
     LIMIT 1;
    INSERT INTO public.deleted_objects (file_key, source)
    SELECT gone.file_key, gone.source
      FROM (
        SELECT o.file_key, 'library_tracks.file_key' AS source FROM old_rows AS o
        UNION ALL
        SELECT o.preview_key, 'library_tracks.preview_key' FROM old_rows AS o WHERE o.preview_key IS NOT NULL
      ) AS gone
     WHERE NOT EXISTS (SELECT FROM new_rows AS n WHERE gone.file_key IN (n.file_key, n.preview_key))
     ORDER BY gone.file_key
        ON CONFLICT (file_key) WHERE purged_at IS NULL DO NOTHING;

  ELSIF TG_OP = 'DELETE' THEN
    INSERT INTO public.deleted_objects (file_key, source)
    SELECT gone.file_key, gone.source
      FROM (
        SELECT o.file_key, 'library_tracks.file_key' AS source FROM old_rows AS o
        UNION ALL
        SELECT o.preview_key, 'library_tracks.preview_key' FROM old_rows AS o WHERE o.preview_key IS NOT NULL
      ) AS gone
     ORDER BY gone.file_key
        ON CONFLICT (file_key) WHERE purged_at IS NULL DO NOTHING;

  ELSE
    INSERT INTO public.deleted_objects (file_key, source)
    SELECT gone.file_key, gone.source
      FROM (
        SELECT t.file_key, 'library_tracks.file_key' AS source FROM public.library_tracks AS t
        UNION ALL
        SELECT t.preview_key, 'library_tracks.preview_key' FROM public.library_tracks AS t WHERE t.preview_key IS NOT NULL
      ) AS gone
     ORDER BY gone.file_key
        ON CONFLICT (file_key) WHERE purged_at IS NULL DO NOTHING;
  END IF;

  IF waiting IS NOT NULL THEN
    PERFORM private.raise_key_pending_deletion(waiting);
  END IF;
  RETURN NULL;
END;
$$;

REVOKE ALL ON FUNCTION private.track_library_keys() FROM PUBLIC, anon, authenticated, service_role;
