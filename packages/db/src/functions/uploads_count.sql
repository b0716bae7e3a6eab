-- Once a statement, not once a row: a load of a million rows takes each counter once.
CREATE OR REPLACE TRIGGER uploads_count_insert
  AFTER INSERT ON public.uploads
  REFERENCING NEW TABLE AS new_rows
  FOR EACH STATEMENT
  EXECUTE FUNCTION private.admit_uploads();

CREATE OR REPLACE TRIGGER uploads_count_update
  AFTER UPDATE ON public.uploads
  REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows
  FOR EACH STATEMENT
  EXECUTE FUNCTION private.count_uploads();

CREATE OR REPLACE TRIGGER uploads_count_delete
  AFTER DELETE ON public.uploads
  REFERENCING OLD TABLE AS old_rows
  FOR EACH STATEMENT
  EXECUTE FUNCTION private.count_uploads();

CREATE OR REPLACE TRIGGER uploads_count_truncate
  AFTER TRUNCATE ON public.uploads
  FOR EACH STATEMENT
  EXECUTE FUNCTION private.count_uploads();
