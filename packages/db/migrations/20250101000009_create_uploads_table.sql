-- object: private_schema
-- What the API must not expose lives here: no role but the owner may look in.
CREATE SCHEMA IF NOT EXISTS private;

REVOKE ALL ON SCHEMA private FROM PUBLIC, anon, authenticated, service_role;
-- end object
--> statement-breakpoint
-- object: is_object_key
-- The rule of an object's key, for CHECKs: 1 to 1,024 bytes of UTF-8 in Normalization Form C. PostgreSQL reads a CHECK's
-- expression anew at every statement, and a call is the shortest expression; plpgsql keeps its plan for the session.
-- No SET clause, which every call would pay for: all names and operators are qualified instead.
CREATE OR REPLACE FUNCTION private.is_object_key(value text) RETURNS boolean
LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE
AS $$
BEGIN
  IF pg_catalog.octet_length(value) OPERATOR(pg_catalog.=) pg_catalog.char_length(value) THEN
    -- ASCII is NFC. To ask for the normal form costs ten times as much.
    RETURN pg_catalog.octet_length(value) OPERATOR(pg_catalog.>=) 1
       AND pg_catalog.octet_length(value) OPERATOR(pg_catalog.<=) 1024;
  END IF;
  RETURN pg_catalog.octet_length(value) OPERATOR(pg_catalog.<=) 1024 AND value IS NFC NORMALIZED;
END;
$$;

-- Whoever may write rows has to be able to execute what the CHECKs call.
REVOKE ALL ON FUNCTION private.is_object_key(text) FROM PUBLIC, anon, authenticated, service_role;
GRANT EXECUTE ON FUNCTION private.is_object_key(text) TO authenticated, service_role;
-- end object
--> statement-breakpoint
-- object: is_media_type
-- The rule of a media type, for a CHECK: type and subtype as restricted names of at most 127 characters (RFC 6838 section
-- 4.2), without parameters. The lengths are counted apart: a bounded repetition makes an automaton of hundreds of states.
-- See is_object_key for why it is a function, and one without a SET clause.
CREATE OR REPLACE FUNCTION private.is_media_type(value text) RETURNS boolean
LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE
AS $$
BEGIN
  RETURN value OPERATOR(pg_catalog.~) '^[A-Za-z0-9][A-Za-z0-9!#$&^_.+-]*/[A-Za-z0-9][A-Za-z0-9!#$&^_.+-]*$'
     AND pg_catalog.strpos(value, '/') OPERATOR(pg_catalog.<=) 128
     AND pg_catalog.char_length(value) OPERATOR(pg_catalog.-) pg_catalog.strpos(value, '/') OPERATOR(pg_catalog.<=) 127;
END;
$$;

-- Whoever may write rows has to be able to execute what the CHECKs call.
REVOKE ALL ON FUNCTION private.is_media_type(text) FROM PUBLIC, anon, authenticated, service_role;
GRANT EXECUTE ON FUNCTION private.is_media_type(text) TO authenticated, service_role;
-- end object
--> statement-breakpoint
-- object: is_upload_title
-- The rule of an upload's title, for a CHECK: 1 to 500 characters. See is_object_key for why it is a function, and one
-- without a SET clause.
CREATE OR REPLACE FUNCTION private.is_upload_title(value text) RETURNS boolean
LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE
AS $$
BEGIN
  RETURN pg_catalog.char_length(value) OPERATOR(pg_catalog.>=) 1 AND pg_catalog.char_length(value) OPERATOR(pg_catalog.<=) 500;
END;
$$;

-- Whoever may write rows has to be able to execute what the CHECKs call.
REVOKE ALL ON FUNCTION private.is_upload_title(text) FROM PUBLIC, anon, authenticated, service_role;
GRANT EXECUTE ON FUNCTION private.is_upload_title(text) TO authenticated, service_role;
-- end object
--> statement-breakpoint
CREATE TABLE "uploads" (
	"id" uuid PRIMARY KEY DEFAULT gen_random_uuid() NOT NULL,
	"user_id" uuid NOT NULL,
	"file_key" text NOT NULL,
	"content_type" text NOT NULL,
	"size_bytes" bigint NOT NULL,
	"title" text,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	"updated_at" timestamp with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "uploads_file_key_unique" UNIQUE("file_key"),
	CONSTRAINT "uploads_size_bytes_positive" CHECK ("uploads"."size_bytes" > 0),
	CONSTRAINT "uploads_size_bytes_check" CHECK ("uploads"."size_bytes" <= 5492189429760),
	CONSTRAINT "uploads_file_key_check" CHECK (private.is_object_key("uploads"."file_key")),
	CONSTRAINT "uploads_content_type_check" CHECK (private.is_media_type("uploads"."content_type")),
	CONSTRAINT "uploads_title_check" CHECK (private.is_upload_title("uploads"."title")),
	CONSTRAINT "uploads_created_at_check" CHECK (isfinite("uploads"."created_at")),
	CONSTRAINT "uploads_updated_at_check" CHECK (isfinite("uploads"."updated_at"))
);
--> statement-breakpoint
ALTER TABLE "uploads" ENABLE ROW LEVEL SECURITY;
--> statement-breakpoint
ALTER TABLE "uploads" ADD CONSTRAINT "uploads_user_id_fkey" FOREIGN KEY ("user_id") REFERENCES "auth"."users"("id") ON DELETE cascade ON UPDATE no action;
--> statement-breakpoint
CREATE INDEX "idx_uploads_user_id" ON "uploads" USING btree ("user_id");
--> statement-breakpoint
CREATE INDEX "idx_uploads_created_at" ON "uploads" USING btree ("created_at");
--> statement-breakpoint
CREATE INDEX "idx_uploads_user_id_created_at_id" ON "uploads" USING btree ("user_id","created_at","id");
--> statement-breakpoint
CREATE INDEX "idx_uploads_file_key" ON "uploads" USING btree ("file_key" text_pattern_ops);
--> statement-breakpoint
CREATE POLICY "uploads_select_own" ON "uploads" AS PERMISSIVE FOR SELECT TO "authenticated" USING ((select auth.uid()) = "uploads"."user_id");
--> statement-breakpoint
CREATE POLICY "uploads_update_own" ON "uploads" AS PERMISSIVE FOR UPDATE TO "authenticated" USING ((select auth.uid()) = "uploads"."user_id") WITH CHECK ((select auth.uid()) = "uploads"."user_id");
--> statement-breakpoint
-- object: uploads_grants
-- The owner reads and renames (row security says whose rows); a row comes only through create_upload.
REVOKE ALL ON TABLE public.uploads FROM PUBLIC, anon, authenticated, service_role;
GRANT SELECT ON TABLE public.uploads TO authenticated;
GRANT UPDATE (title) ON TABLE public.uploads TO authenticated;
GRANT SELECT, INSERT, UPDATE, DELETE ON TABLE public.uploads TO service_role;
-- end object
--> statement-breakpoint
-- object: set_updated_at
-- Trigger body: a row that changes carries the time of its transaction, whatever the statement said.
CREATE OR REPLACE FUNCTION private.set_updated_at() RETURNS trigger
LANGUAGE plpgsql
SET search_path = ''
AS $$
BEGIN
  NEW.updated_at := now();
  RETURN NEW;
END;
$$;

REVOKE ALL ON FUNCTION private.set_updated_at() FROM PUBLIC, anon, authenticated;
-- end object
--> statement-breakpoint
-- object: uploads_set_updated_at
CREATE OR REPLACE TRIGGER uploads_set_updated_at
  BEFORE UPDATE ON public.uploads
  FOR EACH ROW
  EXECUTE FUNCTION private.set_updated_at();
-- end object
