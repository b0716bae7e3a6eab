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
	CONSTRAINT "uploads_file_key_check" CHECK (octet_length("uploads"."file_key") BETWEEN 1 AND 1024 AND "uploads"."file_key" IS NFC NORMALIZED),
	CONSTRAINT "uploads_content_type_check" CHECK ("uploads"."content_type" ~ '^[A-Za-z0-9][A-Za-z0-9!#$&^_.+-]*/[A-Za-z0-9][A-Za-z0-9!#$&^_.+-]*$' AND strpos("uploads"."content_type", '/') <= 127 + 1 AND char_length("uploads"."content_type") - strpos("uploads"."content_type", '/') <= 127),
	CONSTRAINT "uploads_title_check" CHECK (char_length("uploads"."title") BETWEEN 1 AND 500),
	CONSTRAINT "uploads_created_at_check" CHECK (isfinite("uploads"."created_at")),
	CONSTRAINT "uploads_updated_at_check" CHECK (isfinite("uploads"."updated_at"))
);
--> statement-breakpoint
ALTER TABLE "uploads" ADD CONSTRAINT "uploads_user_id_fkey" FOREIGN KEY ("user_id") REFERENCES "auth"."users"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
CREATE INDEX "idx_uploads_user_id" ON "uploads" USING btree ("user_id");--> statement-breakpoint
CREATE INDEX "idx_uploads_created_at" ON "uploads" USING btree ("created_at");--> statement-breakpoint
CREATE INDEX "idx_uploads_file_key" ON "uploads" USING btree ("file_key" text_pattern_ops);
--> statement-breakpoint
-- object: private_schema
-- What the API must not expose lives here: no role but the owner may look in.
CREATE SCHEMA IF NOT EXISTS private;

REVOKE ALL ON SCHEMA private FROM PUBLIC, anon, authenticated, service_role;
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
