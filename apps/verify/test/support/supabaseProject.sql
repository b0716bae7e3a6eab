-- A project in production: the history of the Supabase CLI, tables under row security, rows.
CREATE SCHEMA supabase_migrations;
CREATE TABLE supabase_migrations.schema_migrations (version text PRIMARY KEY, statements text[], name text);
INSERT INTO supabase_migrations.schema_migrations (version, name) VALUES
  ('20240301120000', 'profiles'), ('20240302120000', 'tracks'), ('20240412093000', 'playlists');

CREATE TABLE public.user_profiles (
  user_id uuid PRIMARY KEY REFERENCES auth.users (id) ON DELETE CASCADE,
  tier text NOT NULL DEFAULT 'free',
  created_at timestamptz NOT NULL DEFAULT now(),
  CONSTRAINT user_profiles_tier_check CHECK (tier IN ('free', 'pro', 'enterprise'))
);
CREATE TABLE public.library_tracks (
  id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
  title text NOT NULL,
  artist varchar,
  file_key text NOT NULL,
  is_pro_only boolean NOT NULL DEFAULT false,
  created_at timestamptz NOT NULL DEFAULT now(),
  rating integer
);
ALTER TABLE public.library_tracks ENABLE ROW LEVEL SECURITY;
CREATE POLICY "Everyone can read tracks" ON public.library_tracks FOR SELECT USING (true);
CREATE TABLE public.playlists (
  id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
  owner_id uuid NOT NULL REFERENCES auth.users (id) ON DELETE CASCADE,
  track_id uuid NOT NULL REFERENCES public.library_tracks (id)
);
ALTER TABLE public.playlists ENABLE ROW LEVEL SECURITY;
CREATE POLICY "Owners read their playlists" ON public.playlists FOR SELECT USING (owner_id = (SELECT auth.uid()));

INSERT INTO public.user_profiles (user_id, tier)
  SELECT id, 'pro' FROM auth.users;
INSERT INTO public.library_tracks (title, artist, file_key, rating)
  SELECT 'Track ' || n, 'Artist ' || n % 40, 'library/' || n || '.flac', n % 6 FROM generate_series(1, 2000) AS n;
INSERT INTO public.playlists (owner_id, track_id)
  SELECT u.id, t.id FROM auth.users AS u, public.library_tracks AS t WHERE t.rating = 5;
