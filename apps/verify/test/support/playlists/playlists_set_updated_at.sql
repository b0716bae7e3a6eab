CREATE OR REPLACE TRIGGER playlists_set_updated_at
  BEFORE UPDATE ON public.playlists
  FOR EACH ROW
  EXECUTE FUNCTION private.set_updated_at();
