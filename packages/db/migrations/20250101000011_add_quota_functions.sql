CREATE TABLE "upload_daily_usage" (
	"user_id" uuid NOT NULL,
	"day" date NOT NULL,
	"used_bytes" bigint NOT NULL,
	CONSTRAINT "upload_daily_usage_pkey" PRIMARY KEY("user_id","day"),
	CONSTRAINT "upload_daily_usage_used_bytes_check" CHECK ("upload_daily_usage"."used_bytes" >= 0)
);
--> statement-breakpoint
ALTER TABLE "upload_daily_usage" ENABLE ROW LEVEL SECURITY;
--> statement-breakpoint
CREATE POLICY "upload_daily_usage_no_client" ON "upload_daily_usage" AS PERMISSIVE FOR ALL TO "anon", "authenticated" USING (false) WITH CHECK (false);
--> statement-breakpoint
ALTER TABLE "upload_daily_usage" ADD CONSTRAINT "upload_daily_usage_user_id_fkey" FOREIGN KEY ("user_id") REFERENCES "auth"."users"("id") ON DELETE cascade ON UPDATE no action;
--> statement-breakpoint
-- object: upload_daily_usage_grants
-- Written by triggers alone.
REVOKE ALL ON TABLE public.upload_daily_usage FROM PUBLIC, anon, authenticated, service_role;
GRANT SELECT ON TABLE public.upload_daily_usage TO service_role;
-- end object
--> statement-breakpoint
-- object: upload_daily_usage_storage
-- A counter is updated all day long: room on its page keeps the updates heap-only (no index is written).
ALTER TABLE public.upload_daily_usage SET (fillfactor = 70);
-- end object
--> statement-breakpoint
-- object: used_upload_bytes
-- The bytes that the user has uploaded on the UTC day of `as_of`.
CREATE OR REPLACE FUNCTION private.used_upload_bytes(user_id uuid, as_of timestamptz) RETURNS bigint
LANGUAGE plpgsql STABLE
SET search_path = ''
AS $$
BEGIN
  RETURN coalesce((
    SELECT u.used_bytes
      FROM public.upload_daily_usage AS u
     WHERE u.user_id = used_upload_bytes.user_id
       AND u.day = (as_of AT TIME ZONE 'UTC')::date
  ), 0);
END;
$$;

REVOKE ALL ON FUNCTION private.used_upload_bytes(uuid, timestamptz) FROM PUBLIC, anon, authenticated;
-- end object
--> statement-breakpoint
-- object: raise_quota_exceeded
-- The refusal of an upload over the quota: SQLSTATE UP001, and a DETAIL of JSON for programs (bytes; a UTC instant).
CREATE OR REPLACE FUNCTION private.raise_quota_exceeded(used bigint, quota_limit bigint, as_of timestamptz) RETURNS void
LANGUAGE plpgsql
SET search_path = ''
AS $$
BEGIN
  RAISE EXCEPTION 'the upload would exceed the day''s quota of % bytes', quota_limit
    USING ERRCODE = 'UP001',
          DETAIL = json_build_object(
            'used', used,
            'limit', quota_limit,
            'remaining', greatest(quota_limit - used, 0),
            'resets_at', to_char(date_trunc('day', as_of AT TIME ZONE 'UTC') + interval '1 day', 'YYYY-MM-DD"T"HH24:MI:SS"Z"')
          )::text;
END;
$$;

REVOKE ALL ON FUNCTION private.raise_quota_exceeded(bigint, bigint, timestamptz) FROM PUBLIC, anon, authenticated, service_role;
-- end object
--> statement-breakpoint
-- object: recount_user_uploads
-- Sets a user's counters to what `uploads` holds; exact while others write. Whoever adds an upload holds its day's counter
-- until commit, so that a sum is right for a day whose counter is locked here, and for no other: a day that begins
-- meanwhile is left to its own triggers. Days without uploads are set to 0.
CREATE OR REPLACE FUNCTION private.recount_user_uploads(user_id uuid) RETURNS void
LANGUAGE plpgsql
SET search_path = ''
AS $$
DECLARE
  locked date[];
BEGIN
  INSERT INTO public.upload_daily_usage (user_id, day, used_bytes)
  SELECT DISTINCT f.user_id, (f.created_at AT TIME ZONE 'UTC')::date AS day, 0
    FROM public.uploads AS f
   WHERE f.user_id = recount_user_uploads.user_id
   ORDER BY day
      ON CONFLICT ON CONSTRAINT upload_daily_usage_pkey DO NOTHING;
  locked := ARRAY(
    SELECT u.day
      FROM public.upload_daily_usage AS u
     WHERE u.user_id = recount_user_uploads.user_id
     ORDER BY u.day
       FOR UPDATE
  );
  -- Summed in one pass: a sum for each day would read the user's uploads as often as there are days.
  UPDATE public.upload_daily_usage AS u
     SET used_bytes = held.bytes
    FROM (
      SELECT d.day, coalesce(sum(f.size_bytes), 0) AS bytes
        FROM unnest(locked) AS d (day)
        LEFT JOIN public.uploads AS f
          ON f.user_id = recount_user_uploads.user_id AND (f.created_at AT TIME ZONE 'UTC')::date = d.day
       GROUP BY d.day
    ) AS held
   WHERE u.user_id = recount_user_uploads.user_id AND u.day = held.day;
END;
$$;

REVOKE ALL ON FUNCTION private.recount_user_uploads(uuid) FROM PUBLIC, anon, authenticated, service_role;
-- end object
--> statement-breakpoint
-- object: check_library_access
-- Whether the user may play the whole track: a free track by anyone, a pro-only one by tiers pro and enterprise.
-- A track that is not there is no; a user without a profile has the free tier.
CREATE OR REPLACE FUNCTION public.check_library_access(
  user_id uuid,
  track_id uuid
) RETURNS boolean
LANGUAGE plpgsql STABLE SECURITY DEFINER
SET search_path = ''
AS $$
DECLARE
  track_is_pro boolean;
BEGIN
  IF check_library_access.user_id IS NULL THEN
    RAISE EXCEPTION 'user_id must not be null' USING ERRCODE = '22023';
  END IF;
  IF track_id IS NULL THEN
    RAISE EXCEPTION 'track_id must not be null' USING ERRCODE = '22023';
  END IF;

  -- An adopted table may hold a null here: unknown is treated as pro-only.
  SELECT coalesce(t.is_pro_only, true)
    INTO track_is_pro
    FROM public.library_tracks AS t
   WHERE t.id = check_library_access.track_id;

  IF NOT FOUND THEN
    RETURN false;
  END IF;
  IF NOT track_is_pro THEN
    RETURN true;
  END IF;

  RETURN EXISTS (
    SELECT
      FROM public.user_profiles AS p
     WHERE p.user_id = check_library_access.user_id
       AND p.tier IN ('pro', 'enterprise')
  );
END;
$$;

REVOKE ALL ON FUNCTION public.check_library_access(uuid, uuid) FROM PUBLIC, anon, authenticated;
GRANT EXECUTE ON FUNCTION public.check_library_access(uuid, uuid) TO service_role;
-- end object
--> statement-breakpoint
-- object: check_user_upload_quota
-- Whether `file_size` bytes more stay within `quota_limit` bytes a user and UTC day, whatever the session's TimeZone.
-- It promises nothing for later: create_upload is what holds the limit.
CREATE OR REPLACE FUNCTION public.check_user_upload_quota(
  user_id uuid,
  file_size bigint,
  quota_limit bigint DEFAULT 100000000
) RETURNS boolean
LANGUAGE plpgsql STABLE SECURITY DEFINER
SET search_path = ''
AS $$
BEGIN
  IF user_id IS NULL THEN
    RAISE EXCEPTION 'user_id must not be null' USING ERRCODE = '22023';
  END IF;
  IF file_size IS NULL OR file_size <= 0 THEN
    RAISE EXCEPTION 'file_size must be a positive number of bytes, not %', coalesce(file_size::text, 'null')
      USING ERRCODE = '22023';
  END IF;
  IF quota_limit IS NULL OR quota_limit < 0 THEN
    RAISE EXCEPTION 'quota_limit must be a number of bytes and not negative, not %', coalesce(quota_limit::text, 'null')
      USING ERRCODE = '22023';
  END IF;

  -- Subtracted, not added: a sum could overflow.
  RETURN file_size <= quota_limit - private.used_upload_bytes(user_id, now());
END;
$$;

REVOKE ALL ON FUNCTION public.check_user_upload_quota(uuid, bigint, bigint) FROM PUBLIC, anon, authenticated;
GRANT EXECUTE ON FUNCTION public.check_user_upload_quota(uuid, bigint, bigint) TO service_role;
-- end object
