CREATE POLICY "library_tracks_select" ON "library_tracks" AS PERMISSIVE FOR SELECT TO "anon", "authenticated" USING (true);
--> statement-breakpoint
ALTER TABLE "library_tracks" ENABLE ROW LEVEL SECURITY;
--> statement-breakpoint
-- object: library_tracks_grants
-- Anyone reads the catalogue; the object keys are the service's alone.
REVOKE ALL ON TABLE public.library_tracks FROM PUBLIC, anon, authenticated, service_role;
GRANT SELECT (id, title, artist, album, genre, duration_ms, is_pro_only, created_at)
  ON TABLE public.library_tracks TO anon, authenticated;
GRANT SELECT, INSERT, UPDATE, DELETE ON TABLE public.library_tracks TO service_role;
-- end object
--> statement-breakpoint
-- object: library_tracks_track_keys
CREATE OR REPLACE TRIGGER library_tracks_track_keys_insert
  AFTER INSERT ON public.library_tracks
  REFERENCING NEW TABLE AS new_rows
  FOR EACH STATEMENT
  EXECUTE FUNCTION private.track_library_keys();

CREATE OR REPLACE TRIGGER library_tracks_track_keys_update
  AFTER UPDATE ON public.library_tracks
  REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows
  FOR EACH STATEMENT
  EXECUTE FUNCTION private.track_library_keys();

CREATE OR REPLACE TRIGGER library_tracks_track_keys_delete
  AFTER DELETE ON public.library_tracks
  REFERENCING OLD TABLE AS old_rows
  FOR EACH STATEMENT
  EXECUTE FUNCTION private.track_library_keys();

-- Before: afterwards there is nothing left to read the keys from.
CREATE OR REPLACE TRIGGER library_tracks_track_keys_truncate
  BEFORE TRUNCATE ON public.library_tracks
  FOR EACH STATEMENT
  EXECUTE FUNCTION private.track_library_keys();
-- end object
