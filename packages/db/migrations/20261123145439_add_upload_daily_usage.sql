CREATE TABLE "upload_daily_usage" (
	"user_id" uuid NOT NULL,
	"day" date NOT NULL,
	"used_bytes" bigint NOT NULL,
	CONSTRAINT "upload_daily_usage_pkey" PRIMARY KEY("user_id","day"),
	CONSTRAINT "upload_daily_usage_used_bytes_check" CHECK ("upload_daily_usage"."used_bytes" >= 0)
);
--> statement-breakpoint
ALTER TABLE "upload_daily_usage" ENABLE ROW LEVEL SECURITY;--> statement-breakpoint
ALTER TABLE "upload_daily_usage" ADD CONSTRAINT "upload_daily_usage_user_id_fkey" FOREIGN KEY ("user_id") REFERENCES "auth"."users"("id") ON DELETE cascade ON UPDATE no action;
--> statement-breakpoint
-- object: count_uploads
-- Trigger body: the only writer of upload_daily_usage. Rows are taken in (user, day) order, so that two loads that
-- touch the same users wait for each other instead of deadlocking.
CREATE OR REPLACE FUNCTION private.count_uploads() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER
SET search_path = ''
AS $$
BEGIN
  IF TG_OP = 'INSERT' THEN
    INSERT INTO public.upload_daily_usage AS u (user_id, day, used_bytes)
    SELECT n.user_id, (n.created_at AT TIME ZONE 'UTC')::date AS day, sum(n.size_bytes)
      FROM new_rows AS n
     GROUP BY n.user_id, day
     ORDER BY n.user_id, day
        ON CONFLICT (user_id, day) DO UPDATE SET used_bytes = u.used_bytes + excluded.used_bytes;

  ELSIF TG_OP = 'DELETE' THEN
    -- With the account gone, its rows may be gone before its uploads: what is not there needs no counting.
    PERFORM
       FROM public.upload_daily_usage AS u
      WHERE (u.user_id, u.day) IN (SELECT o.user_id, (o.created_at AT TIME ZONE 'UTC')::date FROM old_rows AS o)
      ORDER BY u.user_id, u.day
        FOR UPDATE;
    UPDATE public.upload_daily_usage AS u
       SET used_bytes = u.used_bytes - gone.bytes
      FROM (
        SELECT o.user_id, (o.created_at AT TIME ZONE 'UTC')::date AS day, sum(o.size_bytes) AS bytes
          FROM old_rows AS o
         GROUP BY o.user_id, day
      ) AS gone
     WHERE u.user_id = gone.user_id AND u.day = gone.day;

  ELSIF TG_OP = 'UPDATE' THEN
    -- A change of title moves no bytes and must cost nothing here.
    IF NOT EXISTS (
      SELECT
        FROM new_rows AS n
        LEFT JOIN old_rows AS o
          ON o.id = n.id AND o.user_id = n.user_id AND o.size_bytes = n.size_bytes AND o.created_at = n.created_at
       WHERE o.id IS NULL
    ) THEN
      RETURN NULL;
    END IF;
    INSERT INTO public.upload_daily_usage (user_id, day, used_bytes)
    SELECT moved.user_id, moved.day, 0
      FROM (
        SELECT n.user_id, (n.created_at AT TIME ZONE 'UTC')::date AS day FROM new_rows AS n
        UNION
        SELECT o.user_id, (o.created_at AT TIME ZONE 'UTC')::date FROM old_rows AS o
      ) AS moved
     ORDER BY moved.user_id, moved.day
        ON CONFLICT DO NOTHING;
    PERFORM
       FROM public.upload_daily_usage AS u
      WHERE (u.user_id, u.day) IN (
        SELECT n.user_id, (n.created_at AT TIME ZONE 'UTC')::date FROM new_rows AS n
        UNION
        SELECT o.user_id, (o.created_at AT TIME ZONE 'UTC')::date FROM old_rows AS o
      )
      ORDER BY u.user_id, u.day
        FOR UPDATE;
    UPDATE public.upload_daily_usage AS u
       SET used_bytes = u.used_bytes + moved.bytes
      FROM (
        SELECT m.user_id, m.day, sum(m.bytes) AS bytes
          FROM (
            SELECT n.user_id, (n.created_at AT TIME ZONE 'UTC')::date AS day, n.size_bytes AS bytes FROM new_rows AS n
            UNION ALL
            SELECT o.user_id, (o.created_at AT TIME ZONE 'UTC')::date, -o.size_bytes FROM old_rows AS o
          ) AS m
         GROUP BY m.user_id, m.day
      ) AS moved
     WHERE u.user_id = moved.user_id AND u.day = moved.day;

  ELSE
    -- Not TRUNCATE: in one with this table (TRUNCATE auth.users CASCADE) it is in use already.
    DELETE FROM public.upload_daily_usage;
  END IF;
  RETURN NULL;
END;
$$;

REVOKE ALL ON FUNCTION private.count_uploads() FROM PUBLIC, anon, authenticated, service_role;
-- end object
--> statement-breakpoint
-- object: recount_user_uploads
-- Sets a user's counters to what `uploads` holds; exact while others write, because whoever adds an upload holds its
-- counter until commit. Days without uploads are set to 0.
CREATE OR REPLACE FUNCTION private.recount_user_uploads(user_id uuid) RETURNS void
LANGUAGE plpgsql
SET search_path = ''
AS $$
BEGIN
  INSERT INTO public.upload_daily_usage (user_id, day, used_bytes)
  SELECT DISTINCT f.user_id, (f.created_at AT TIME ZONE 'UTC')::date AS day, 0
    FROM public.uploads AS f
   WHERE f.user_id = recount_user_uploads.user_id
   ORDER BY day
      ON CONFLICT DO NOTHING;
  PERFORM
     FROM public.upload_daily_usage AS u
    WHERE u.user_id = recount_user_uploads.user_id
    ORDER BY u.day
      FOR UPDATE;
  -- Summed in one pass: a sum for each day would read the user's uploads as often as there are days.
  UPDATE public.upload_daily_usage AS u
     SET used_bytes = held.bytes
    FROM (
      SELECT d.day, coalesce(sum(f.size_bytes), 0) AS bytes
        FROM public.upload_daily_usage AS d
        LEFT JOIN public.uploads AS f ON f.user_id = d.user_id AND (f.created_at AT TIME ZONE 'UTC')::date = d.day
       WHERE d.user_id = recount_user_uploads.user_id
       GROUP BY d.day
    ) AS held
   WHERE u.user_id = recount_user_uploads.user_id AND u.day = held.day;
END;
$$;

REVOKE ALL ON FUNCTION private.recount_user_uploads(uuid) FROM PUBLIC, anon, authenticated, service_role;
-- end object
--> statement-breakpoint
-- object: used_upload_bytes
-- The bytes that the user has uploaded on the UTC day of `as_of`.
CREATE OR REPLACE FUNCTION private.used_upload_bytes(user_id uuid, as_of timestamptz) RETURNS bigint
LANGUAGE plpgsql STABLE
SET search_path = ''
AS $$
BEGIN
  RETURN coalesce((
    SELECT u.used_bytes
      FROM public.upload_daily_usage AS u
     WHERE u.user_id = used_upload_bytes.user_id
       AND u.day = (as_of AT TIME ZONE 'UTC')::date
  ), 0);
END;
$$;

REVOKE ALL ON FUNCTION private.used_upload_bytes(uuid, timestamptz) FROM PUBLIC, anon, authenticated;
-- end object
--> statement-breakpoint
-- object: uploads_count
-- Once a statement, not once a row: a load of a million rows takes each counter once.
CREATE OR REPLACE TRIGGER uploads_count_insert
  AFTER INSERT ON public.uploads
  REFERENCING NEW TABLE AS new_rows
  FOR EACH STATEMENT
  EXECUTE FUNCTION private.count_uploads();

CREATE OR REPLACE TRIGGER uploads_count_update
  AFTER UPDATE ON public.uploads
  REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows
  FOR EACH STATEMENT
  EXECUTE FUNCTION private.count_uploads();

CREATE OR REPLACE TRIGGER uploads_count_delete
  AFTER DELETE ON public.uploads
  REFERENCING OLD TABLE AS old_rows
  FOR EACH STATEMENT
  EXECUTE FUNCTION private.count_uploads();

CREATE OR REPLACE TRIGGER uploads_count_truncate
  AFTER TRUNCATE ON public.uploads
  FOR EACH STATEMENT
  EXECUTE FUNCTION private.count_uploads();
-- end object
--> statement-breakpoint
-- object: upload_daily_usage_storage
-- A counter is updated all day long: room on its page keeps the updates heap-only (no index is written).
ALTER TABLE public.upload_daily_usage SET (fillfactor = 70);
-- end object
