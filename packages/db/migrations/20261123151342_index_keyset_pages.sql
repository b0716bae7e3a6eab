-- migrate: no-transaction
CREATE INDEX CONCURRENTLY IF NOT EXISTS "idx_library_tracks_created_at_id" ON "library_tracks" USING btree ("created_at","id");
--> statement-breakpoint
CREATE INDEX CONCURRENTLY IF NOT EXISTS "idx_library_tracks_genre_created_at_id" ON "library_tracks" USING btree ("genre","created_at","id");
--> statement-breakpoint
CREATE INDEX CONCURRENTLY IF NOT EXISTS "idx_uploads_user_id_created_at_id" ON "uploads" USING btree ("user_id","created_at","id");
