CREATE OR REPLACE TRIGGER uploads_track_keys_update
  AFTER UPDATE ON public.uploads
  REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows
  FOR EACH STATEMENT
  EXECUTE FUNCTION private.track_upload_keys();

CREATE OR REPLACE TRIGGER uploads_track_keys_delete
  AFTER DELETE ON public.uploads
  REFERENCING OLD TABLE AS old_rows
  FOR EACH STATEMENT
  EXECUTE FUNCTION private.track_upload_keys();

-- Before: afterwards there is nothing left to read the keys from.
CREATE OR REPLACE TRIGGER uploads_track_keys_truncate
  BEFORE TRUNCATE ON public.uploads
  FOR EACH STATEMENT
  EXECUTE FUNCTION private.track_upload_keys();
