-- The designs that createUpload and the quota check are held against, each in a schema of its own beside the migrated one.

-- The limit: our columns, keys, checks and indexes, without the triggers that count and that keep the outbox.
CREATE SCHEMA bare;
CREATE TABLE bare.uploads (LIKE public.uploads INCLUDING ALL);
ALTER TABLE bare.uploads ADD FOREIGN KEY (user_id) REFERENCES auth.users (id) ON DELETE CASCADE;

-- The PRD's statements; inside the function the column is qualified, without which every call fails (42702).
CREATE SCHEMA prd;
SET search_path = prd;
CREATE TABLE uploads (
  id UUID PRIMARY KEY DEFAULT gen_random_uuid(),
  user_id UUID NOT NULL REFERENCES auth.users(id) ON DELETE CASCADE,
  file_key TEXT NOT NULL,
  content_type TEXT NOT NULL,
  size_bytes BIGINT NOT NULL,
  title TEXT,
  created_at TIMESTAMPTZ DEFAULT NOW(),
  updated_at TIMESTAMPTZ DEFAULT NOW()
);
CREATE INDEX idx_uploads_user_id ON uploads(user_id);
CREATE INDEX idx_uploads_created_at ON uploads(created_at);
CREATE INDEX idx_uploads_file_key ON uploads(file_key);
ALTER TABLE uploads ADD CONSTRAINT uploads_file_key_unique UNIQUE(file_key);
ALTER TABLE uploads ADD CONSTRAINT uploads_size_bytes_positive CHECK(size_bytes > 0);
CREATE FUNCTION check_user_upload_quota(
  user_id UUID,
  file_size BIGINT,
  quota_limit BIGINT DEFAULT 100000000 -- 100MB default
) RETURNS BOOLEAN AS $$
BEGIN
  -- Check daily upload size
  DECLARE
    daily_total BIGINT;
  BEGIN
    SELECT COALESCE(SUM(size_bytes), 0)
    INTO daily_total
    FROM uploads
    WHERE uploads.user_id = $1
    AND created_at >= CURRENT_DATE;

    RETURN (daily_total + file_size) <= quota_limit;
  END;
END;
$$ LANGUAGE plpgsql SECURITY DEFINER;

-- The usual way to make that exact: one upload of a user at a time, and a sum over an index that covers it.
CREATE SCHEMA advisory;
SET search_path = advisory;
CREATE TABLE uploads (LIKE bare.uploads INCLUDING ALL);
ALTER TABLE uploads ADD FOREIGN KEY (user_id) REFERENCES auth.users (id) ON DELETE CASCADE;
CREATE INDEX ON uploads (user_id, created_at) INCLUDE (size_bytes);
CREATE FUNCTION create_upload(
  user_id uuid, file_key text, content_type text, size_bytes bigint, title text, quota_limit bigint
) RETURNS uploads LANGUAGE plpgsql AS $$
#variable_conflict use_column
DECLARE
  created uploads;
BEGIN
  PERFORM pg_advisory_xact_lock(hashtextextended($1::text, 0));
  IF (SELECT coalesce(sum(u.size_bytes), 0) + $4 FROM advisory.uploads AS u
       WHERE u.user_id = $1 AND u.created_at >= date_trunc('day', now(), 'UTC')) > $6 THEN
    RAISE EXCEPTION 'quota exceeded' USING ERRCODE = 'UP001';
  END IF;
  INSERT INTO advisory.uploads AS u (user_id, file_key, content_type, size_bytes, title) VALUES ($1, $2, $3, $4, $5)
  RETURNING u.* INTO created;
  RETURN created;
END;
$$;
RESET search_path;
