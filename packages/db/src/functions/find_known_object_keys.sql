-- Which of up to 1,000 keys the database knows: as an upload's, as a track's file or preview, or as one that waits to be
-- purged. An object of the store whose key is not among them was put and never recorded, if it is old enough.
CREATE OR REPLACE FUNCTION public.find_known_object_keys(file_keys text[]) RETURNS SETOF text
LANGUAGE plpgsql STABLE SECURITY DEFINER
SET search_path = ''
AS $$
BEGIN
  IF file_keys IS NULL OR cardinality(file_keys) > 1000 THEN
    RAISE EXCEPTION 'file_keys must be at most 1000 keys, not %', coalesce(cardinality(file_keys)::text, 'null')
      USING ERRCODE = '22023';
  END IF;
  RETURN QUERY
  SELECT f.file_key FROM public.uploads AS f WHERE f.file_key = ANY (file_keys)
  UNION
  SELECT t.file_key FROM public.library_tracks AS t WHERE t.file_key = ANY (file_keys)
  UNION
  SELECT t.preview_key FROM public.library_tracks AS t WHERE t.preview_key = ANY (file_keys)
  UNION
  SELECT d.file_key FROM public.deleted_objects AS d WHERE d.file_key = ANY (file_keys) AND d.purged_at IS NULL;
END;
$$;

REVOKE ALL ON FUNCTION public.find_known_object_keys(text[]) FROM PUBLIC, anon, authenticated;
GRANT EXECUTE ON FUNCTION public.find_known_object_keys(text[]) TO service_role;
