-- The application's database as it was before phase 1: what the baseline migration adopts. Every track has its file.
CREATE TABLE public.library_tracks (
  id uuid PRIMARY KEY DEFAULT gen_random_uuid() NOT NULL,
  title text NOT NULL,
  artist text,
  album text,
  genre text,
  duration_ms integer,
  file_key text,
  is_pro_only boolean DEFAULT false NOT NULL,
  created_at timestamptz DEFAULT now() NOT NULL
);

CREATE TABLE public.user_profiles (
  user_id uuid PRIMARY KEY NOT NULL,
  tier text DEFAULT 'free' NOT NULL,
  created_at timestamptz DEFAULT now() NOT NULL,
  CONSTRAINT user_profiles_tier_check CHECK (tier IN ('free', 'pro', 'enterprise')),
  CONSTRAINT user_profiles_user_id_fkey FOREIGN KEY (user_id) REFERENCES auth.users (id) ON DELETE CASCADE
);

INSERT INTO public.library_tracks (id, title, artist, album, genre, duration_ms, file_key, is_pro_only, created_at)
SELECT md5('track ' || place)::uuid, title, artist, album, genre, duration_ms, format('library/%s/%s.flac', lower(genre), place),
  place % 3 = 0, timestamptz '2023-11-05T01:30:00-08:00' + place * interval '37 hours'
FROM (SELECT listed.*, row_number() OVER () AS place FROM (VALUES
  ('Clair de lune', 'Claude Debussy', 'Suite bergamasque', 'Classical', 300000),
  ('Für Elise', 'Ludwig van Beethoven', NULL, 'Classical', 176000),
  ('Gymnopédie No. 1', 'Erik Satie', 'Gymnopédies', 'Classical', 185000),
  ('Příhody lišky Bystroušky', 'Leoš Janáček', NULL, 'Opera', 5400000),
  ('Čarodějnice', NULL, NULL, 'Folk', 201000),
  ('さくらさくら', NULL, '日本の歌', 'Folk', 143000),
  ('荒城の月', '瀧 廉太郎', '日本の歌', 'Classical', 214000),
  ('아리랑', NULL, '민요', 'Folk', 187000),
  ('茉莉花', NULL, '民歌', 'Folk', 162000),
  ('Калинка', 'Иван Ларионов', NULL, 'Folk', 158000),
  ('Во поле берёза стояла', NULL, NULL, 'Folk', 133000),
  ('Ζορμπάς', 'Μίκης Θεοδωράκης', 'Zorba the Greek', 'Soundtrack', 256000),
  ('هوا', 'فيروز', NULL, 'Pop', 241000),
  ('ירושלים של זהב', 'נעמי שמר', NULL, 'Folk', 262000),
  ('वन्दे मातरम्', NULL, NULL, 'Folk', 195000),
  ('เขมรไทรโยค', NULL, NULL, 'Folk', 288000),
  ('Ævintýri', 'Hljómsveit', 'Landið', 'Rock', 233000),
  ('Señorita – «en vivo»', 'Los Ñandúes', 'Días', 'Latin', 247000),
  ('Coração', 'São João', 'Verão', 'Latin', 222000),
  ('Straße im Nebel', 'Größenwahn', 'Übermut', 'Rock', 265000),
  ('Ångström', 'Öresund', NULL, 'Electronic', 401000),
  ('Łódź nocą', 'Żółw', NULL, 'Jazz', 377000),
  ('Đêm Đông', 'Nguyễn Văn Thương', NULL, 'Pop', 299000),
  ('It''s "quoted" \ slashed', 'O''Connor', 'A; DROP TABLE', 'Rock', 199000),
  ('  spaces around  ', '', NULL, 'Rock', 0),
  (E'two\nlines\tand a tab', NULL, NULL, 'Electronic', 101000),
  ('🎵🎶 emoji 👩‍🎤', '🎸', '🎧', 'Pop', 202000),
  (U&'cafe\0301 (decomposed)', NULL, NULL, 'Jazz', 150000),
  (U&'right to left \202E mark', NULL, NULL, 'Electronic', 151000),
  ('Zero length unknown', NULL, NULL, 'Ambient', NULL),
  (repeat('long ', 200), 'Anon', NULL, 'Ambient', 2147483647),
  ('Take Five', 'The Dave Brubeck Quartet', 'Time Out', 'Jazz', 324000),
  ('So What', 'Miles Davis', 'Kind of Blue', 'Jazz', 562000),
  ('A Night in Tunisia', 'Dizzy Gillespie', NULL, 'Jazz', 183000),
  ('Blue Danube', 'Johann Strauss II', NULL, 'Classical', 612000),
  ('Bolero', 'Maurice Ravel', NULL, 'Classical', 900000),
  ('La cucaracha', NULL, NULL, 'Folk', 121000),
  ('Greensleeves', NULL, NULL, 'Folk', 217000),
  ('Scarborough Fair', NULL, NULL, 'Folk', 191000),
  ('Danny Boy', NULL, NULL, 'Folk', 204000)
) AS listed (title, artist, album, genre, duration_ms)) AS tracks;

INSERT INTO public.user_profiles (user_id, tier, created_at)
SELECT id, (ARRAY['free', 'pro', 'enterprise'])[1 + place % 3], timestamptz '2024-02-29T23:59:59.999999Z' + place * interval '1 day'
FROM (SELECT id, row_number() OVER (ORDER BY id)::int AS place FROM auth.users) AS u
WHERE place % 5 > 0;
