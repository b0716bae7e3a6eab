-- The owner reads and renames (row security says whose rows); a row comes only through create_upload.
REVOKE ALL ON TABLE public.uploads FROM PUBLIC, anon, authenticated, service_role;
GRANT SELECT ON TABLE public.uploads TO authenticated;
GRANT UPDATE (title) ON TABLE public.uploads TO authenticated;
GRANT SELECT, INSERT, UPDATE, DELETE ON TABLE public.uploads TO service_role;
