-- Records an upload if it keeps the user's uploads of this UTC day within `quota_limit` bytes: exact under any
-- concurrency. Refuses with UP001 (see raise_quota_exceeded) or the error of the constraint that the row breaks.
--
-- The INSERT comes first: its foreign key locks the user's row and its trigger then the counter, in the order of an
-- account's deletion. The counter stays locked until commit, so that a total over the limit undoes the INSERT.
CREATE OR REPLACE FUNCTION public.create_upload(
  user_id uuid,
  file_key text,
  content_type text,
  size_bytes bigint,
  title text DEFAULT NULL,
  quota_limit bigint DEFAULT 100000000,
  id uuid DEFAULT gen_random_uuid()
) RETURNS public.uploads
LANGUAGE plpgsql SECURITY DEFINER
SET search_path = ''
AS $$
DECLARE
  created public.uploads;
  today constant date := (now() AT TIME ZONE 'UTC')::date;
  used bigint;
BEGIN
  -- The look at the counter locks nothing and decides nothing: it keeps most refusals from writing. The arbiter is the id
  -- alone, which a repeated call has in common: to look for the key beforehand as well costs every upload a search.
  SELECT u.used_bytes
    INTO used
    FROM public.upload_daily_usage AS u
   WHERE u.user_id = create_upload.user_id AND u.day = today;
  IF create_upload.size_bytes <= quota_limit - coalesce(used, 0) THEN
    INSERT INTO public.uploads AS f (id, user_id, file_key, content_type, size_bytes, title)
    VALUES (
      create_upload.id, create_upload.user_id, create_upload.file_key, create_upload.content_type,
      create_upload.size_bytes, create_upload.title
    )
        ON CONFLICT ON CONSTRAINT uploads_pkey DO NOTHING
    RETURNING f.* INTO created;
    IF FOUND THEN
      SELECT u.used_bytes
        INTO used
        FROM public.upload_daily_usage AS u
       WHERE u.user_id = create_upload.user_id AND u.day = today;
      IF used > quota_limit THEN
        PERFORM private.raise_quota_exceeded(used - create_upload.size_bytes, quota_limit, now());
      END IF;
      RETURN created;
    END IF;
  END IF;

  -- Looked at here, since it has let nothing pass above.
  IF quota_limit IS NULL OR quota_limit < 0 THEN
    RAISE EXCEPTION 'quota_limit must be a number of bytes and not negative, not %', coalesce(quota_limit::text, 'null')
      USING ERRCODE = '22023';
  END IF;

  -- The call is repeated after a lost answer: the same upload is the same answer, whatever the quota says by now.
  SELECT f.*
    INTO created
    FROM public.uploads AS f
   WHERE f.id = create_upload.id
     AND f.user_id = create_upload.user_id
     AND f.file_key = create_upload.file_key
     AND f.content_type = create_upload.content_type
     AND f.size_bytes = create_upload.size_bytes;
  IF FOUND THEN
    RETURN created;
  END IF;

  -- A size that is none is left to the table's own constraints.
  used := private.used_upload_bytes(create_upload.user_id, now());
  IF create_upload.size_bytes >= 1 AND create_upload.size_bytes > quota_limit - used THEN
    PERFORM private.raise_quota_exceeded(used, quota_limit, now());
  END IF;

  -- Another upload has the id, or the row breaks a rule: this raises the table's own error, with the constraint's name.
  INSERT INTO public.uploads (id, user_id, file_key, content_type, size_bytes, title)
  VALUES (
    create_upload.id, create_upload.user_id, create_upload.file_key, create_upload.content_type,
    create_upload.size_bytes, create_upload.title
  );
  RAISE EXCEPTION 'the upload''s id or key was free again a moment later' USING ERRCODE = 'serialization_failure';
END;
$$;

REVOKE ALL ON FUNCTION public.create_upload(uuid, text, text, bigint, text, bigint, uuid) FROM PUBLIC, anon, authenticated;
GRANT EXECUTE ON FUNCTION public.create_upload(uuid, text, text, bigint, text, bigint, uuid) TO service_role;
