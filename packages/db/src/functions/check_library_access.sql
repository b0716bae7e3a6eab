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
    SELECT 1
      FROM public.user_profiles AS p
     WHERE p.user_id = check_library_access.user_id
       AND p.tier IN ('pro', 'enterprise')
  );
END;
$$;

REVOKE ALL ON FUNCTION public.check_library_access(uuid, uuid) FROM PUBLIC, anon, authenticated;
GRANT EXECUTE ON FUNCTION public.check_library_access(uuid, uuid) TO service_role;
