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
