-- Anyone reads the catalogue; the object keys are the service's alone.
REVOKE ALL ON TABLE public.library_tracks FROM PUBLIC, anon, authenticated, service_role;
GRANT SELECT (id, title, artist, album, genre, duration_ms, is_pro_only, created_at)
  ON TABLE public.library_tracks TO anon, authenticated;
GRANT SELECT, INSERT, UPDATE, DELETE ON TABLE public.library_tracks TO service_role;
