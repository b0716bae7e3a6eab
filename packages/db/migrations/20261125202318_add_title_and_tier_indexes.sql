-- migrate: no-transaction
-- What the service searches the library by, and lists the users of a tier by.
CREATE INDEX CONCURRENTLY IF NOT EXISTS "idx_library_tracks_title" ON "library_tracks" USING btree (lower("left"("title", 100)) COLLATE "C","id");
--> statement-breakpoint
CREATE INDEX CONCURRENTLY IF NOT EXISTS "idx_user_profiles_tier_user_id" ON "user_profiles" USING btree ("tier","user_id");
