-- create_upload, at the instant `as_of`. The counter is read under its row lock, which is held until commit: what it says
-- stays true. The day's first upload has no row to lock yet; there the insert's trigger takes the lock, and a reading
-- over the limit undoes the insert.
CREATE OR REPLACE FUNCTION private.create_upload_at(
  as_of timestamptz,
  user_id uuid,
  file_key text,
  content_type text,
  size_bytes bigint,
  title text,
  quota_limit bigint,
  id uuid
) RETURNS public.uploads
LANGUAGE plpgsql
SET search_path = ''
AS $$
DECLARE
  created public.uploads;
  today constant date := (as_of AT TIME ZONE 'UTC')::date;
  used bigint;
  -- A size that no quota could take is left to the table's own constraints.
  fits_a_day constant boolean := size_bytes BETWEEN 1 AND quota_limit;
BEGIN
  IF quota_limit IS NULL OR quota_limit < 0 THEN
    RAISE EXCEPTION 'quota_limit must be a number of bytes and not negative, not %', coalesce(quota_limit::text, 'null')
      USING ERRCODE = '22023';
  END IF;

  -- Nearly every upload: the counter locked and asked, and the row put in, by one statement, since each costs.
  INSERT INTO public.uploads AS f (id, user_id, file_key, content_type, size_bytes, title, created_at, updated_at)
  SELECT
      create_upload_at.id, create_upload_at.user_id, create_upload_at.file_key, create_upload_at.content_type,
      create_upload_at.size_bytes, create_upload_at.title, as_of, as_of
    FROM (
      SELECT u.used_bytes
        FROM public.upload_daily_usage AS u
       WHERE u.user_id = create_upload_at.user_id AND u.day = today
         FOR UPDATE
    ) AS counter
   WHERE create_upload_at.size_bytes <= quota_limit - counter.used_bytes
      ON CONFLICT DO NOTHING
  RETURNING f.* INTO created;
  IF FOUND THEN
    RETURN created;
  END IF;

  -- The day's first, one too many, an id or key that is taken, or a size that is none.
  used := coalesce((
    SELECT u.used_bytes FROM public.upload_daily_usage AS u WHERE u.user_id = create_upload_at.user_id AND u.day = today
  ), 0);

  -- Most refusals end here, and write nothing but the lock.
  IF NOT fits_a_day OR size_bytes <= quota_limit - used THEN
    INSERT INTO public.uploads AS f (id, user_id, file_key, content_type, size_bytes, title, created_at, updated_at)
    VALUES (
      create_upload_at.id, create_upload_at.user_id, create_upload_at.file_key, create_upload_at.content_type,
      create_upload_at.size_bytes, create_upload_at.title, as_of, as_of
    )
        ON CONFLICT DO NOTHING
    RETURNING f.* INTO created;
    IF FOUND THEN
      SELECT u.used_bytes
        INTO used
        FROM public.upload_daily_usage AS u
       WHERE u.user_id = create_upload_at.user_id AND u.day = today;
      IF used > quota_limit THEN
        PERFORM private.raise_quota_exceeded(used - size_bytes, quota_limit, as_of);
      END IF;
      RETURN created;
    END IF;
  END IF;

  -- Asked again after a lost answer: the same upload is the same answer, whatever the quota says by now.
  SELECT f.*
    INTO created
    FROM public.uploads AS f
   WHERE f.id = create_upload_at.id
     AND f.user_id = create_upload_at.user_id
     AND f.file_key = create_upload_at.file_key
     AND f.content_type = create_upload_at.content_type
     AND f.size_bytes = create_upload_at.size_bytes;
  IF FOUND THEN
    RETURN created;
  END IF;
  IF fits_a_day AND size_bytes > quota_limit - used THEN
    PERFORM private.raise_quota_exceeded(used, quota_limit, as_of);
  END IF;

  -- Somebody else has the id or the key: this raises the table's own error, with the constraint's name.
  INSERT INTO public.uploads (id, user_id, file_key, content_type, size_bytes, title, created_at, updated_at)
  VALUES (
    create_upload_at.id, create_upload_at.user_id, create_upload_at.file_key, create_upload_at.content_type,
    create_upload_at.size_bytes, create_upload_at.title, as_of, as_of
  );
  RAISE EXCEPTION 'the upload''s id or key was free again a moment later' USING ERRCODE = 'serialization_failure';
END;
$$;

REVOKE ALL ON FUNCTION private.create_upload_at(timestamptz, uuid, text, text, bigint, text, bigint, uuid)
  FROM PUBLIC, anon, authenticated, service_role;
