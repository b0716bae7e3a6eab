-- What the application has had before this schema. A table that is there is adopted as it is: its rows, its
-- constraints and its extra columns stay, and only an optional column that it lacks is added (no rewrite, no scan).
CREATE TABLE IF NOT EXISTS "library_tracks" (
	"id" uuid PRIMARY KEY DEFAULT gen_random_uuid() NOT NULL,
	"title" text NOT NULL,
	"artist" text,
	"album" text,
	"genre" text,
	"duration_ms" integer,
	"file_key" text,
	"is_pro_only" boolean DEFAULT false NOT NULL,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL
);
--> statement-breakpoint
CREATE TABLE IF NOT EXISTS "user_profiles" (
	"user_id" uuid PRIMARY KEY NOT NULL,
	"tier" text DEFAULT 'free' NOT NULL,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "user_profiles_tier_check" CHECK ("user_profiles"."tier" IN ('free', 'pro', 'enterprise')),
	CONSTRAINT "user_profiles_user_id_fkey" FOREIGN KEY ("user_id") REFERENCES "auth"."users"("id") ON DELETE cascade ON UPDATE no action
);
--> statement-breakpoint
DO $$
DECLARE
  wanted record;
  found text;
BEGIN
  FOR wanted IN
    SELECT * FROM (VALUES
      ('library_tracks', 'id', 'uuid', NULL),
      ('library_tracks', 'title', 'text', NULL),
      ('library_tracks', 'artist', 'text', 'text'),
      ('library_tracks', 'album', 'text', 'text'),
      ('library_tracks', 'genre', 'text', 'text'),
      ('library_tracks', 'duration_ms', 'integer', 'integer'),
      ('library_tracks', 'file_key', 'text', NULL),
      ('library_tracks', 'is_pro_only', 'boolean', NULL),
      ('library_tracks', 'created_at', 'timestamp with time zone', 'timestamp with time zone NOT NULL DEFAULT now()'),
      ('user_profiles', 'user_id', 'uuid', NULL),
      ('user_profiles', 'tier', 'text', NULL),
      ('user_profiles', 'created_at', 'timestamp with time zone', 'timestamp with time zone NOT NULL DEFAULT now()')
    ) AS w (table_name, column_name, type_name, addition)
  LOOP
    SELECT format_type(a.atttypid, NULL)
      INTO found
      FROM pg_attribute AS a
     WHERE a.attrelid = format('public.%I', wanted.table_name)::regclass
       AND a.attname = wanted.column_name
       AND NOT a.attisdropped;

    IF found IS NULL AND wanted.addition IS NOT NULL THEN
      EXECUTE format('ALTER TABLE public.%I ADD COLUMN %I %s', wanted.table_name, wanted.column_name, wanted.addition);
    ELSIF found IS NULL THEN
      RAISE EXCEPTION 'the existing table % has no column %', wanted.table_name, wanted.column_name
        USING ERRCODE = 'undefined_column',
              HINT = format('Add it (type %s) and fill it, then migrate again. Nothing was changed.', wanted.type_name);
    ELSIF found <> wanted.type_name AND NOT (wanted.type_name = 'text' AND found = 'character varying') THEN
      RAISE EXCEPTION 'the existing column %.% is of type %, not %',
        wanted.table_name, wanted.column_name, found, wanted.type_name
        USING ERRCODE = 'datatype_mismatch',
              HINT = 'Convert it, then migrate again. Nothing was changed.';
    END IF;
  END LOOP;
END;
$$;
