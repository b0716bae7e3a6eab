CREATE OR REPLACE TRIGGER uploads_set_updated_at
  BEFORE UPDATE ON public.uploads
  FOR EACH ROW
  EXECUTE FUNCTION private.set_updated_at();
