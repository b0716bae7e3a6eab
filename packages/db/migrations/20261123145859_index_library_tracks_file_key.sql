-- migrate: no-transaction
CREATE INDEX CONCURRENTLY IF NOT EXISTS "idx_library_tracks_file_key" ON "library_tracks" USING btree ("file_key");
