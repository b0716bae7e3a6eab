-- The owner reads, adds, renames and deletes (row security says whose rows).
REVOKE ALL ON TABLE public.playlists FROM PUBLIC, anon, authenticated, service_role;
GRANT SELECT, DELETE ON TABLE public.playlists TO authenticated;
GRANT INSERT (user_id, title, cover_track_id) ON TABLE public.playlists TO authenticated;
GRANT UPDATE (title) ON TABLE public.playlists TO authenticated;
GRANT SELECT, INSERT, UPDATE, DELETE ON TABLE public.playlists TO service_role;
