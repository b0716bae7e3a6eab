ALTER TABLE "library_tracks" ENABLE ROW LEVEL SECURITY;--> statement-breakpoint
ALTER TABLE "uploads" ENABLE ROW LEVEL SECURITY;--> statement-breakpoint
ALTER TABLE "user_profiles" ENABLE ROW LEVEL SECURITY;--> statement-breakpoint
CREATE POLICY "library_tracks_select" ON "library_tracks" AS PERMISSIVE FOR SELECT TO "anon", "authenticated" USING (true);--> statement-breakpoint
CREATE POLICY "uploads_select_own" ON "uploads" AS PERMISSIVE FOR SELECT TO "authenticated" USING ((select auth.uid()) = "uploads"."user_id");--> statement-breakpoint
CREATE POLICY "uploads_update_own" ON "uploads" AS PERMISSIVE FOR UPDATE TO "authenticated" USING ((select auth.uid()) = "uploads"."user_id") WITH CHECK ((select auth.uid()) = "uploads"."user_id");--> statement-breakpoint
CREATE POLICY "user_profiles_select_own" ON "user_profiles" AS PERMISSIVE FOR SELECT TO "authenticated" USING ((select auth.uid()) = "user_profiles"."user_id");
--> statement-breakpoint
-- object: deleted_objects_grants
-- Written by triggers, and by the functions that claim, mark and release.
REVOKE ALL ON TABLE public.deleted_objects FROM PUBLIC, anon, authenticated, service_role;
REVOKE ALL ON SEQUENCE public.deleted_objects_id_seq FROM PUBLIC, anon, authenticated, service_role;
GRANT SELECT ON TABLE public.deleted_objects TO service_role;
-- end object
--> statement-breakpoint
-- object: library_tracks_grants
-- Anyone reads the catalogue; the object keys are the service's alone.
REVOKE ALL ON TABLE public.library_tracks FROM PUBLIC, anon, authenticated, service_role;
GRANT SELECT (id, title, artist, album, genre, duration_ms, is_pro_only, created_at)
  ON TABLE public.library_tracks TO anon, authenticated;
GRANT SELECT, INSERT, UPDATE, DELETE ON TABLE public.library_tracks TO service_role;
-- end object
--> statement-breakpoint
-- object: upload_daily_usage_grants
-- Written by triggers alone.
REVOKE ALL ON TABLE public.upload_daily_usage FROM PUBLIC, anon, authenticated, service_role;
GRANT SELECT ON TABLE public.upload_daily_usage TO service_role;
-- end object
--> statement-breakpoint
-- object: uploads_grants
-- The owner reads and renames (row security says whose rows); a row comes only through create_upload.
REVOKE ALL ON TABLE public.uploads FROM PUBLIC, anon, authenticated, service_role;
GRANT SELECT ON TABLE public.uploads TO authenticated;
GRANT UPDATE (title) ON TABLE public.uploads TO authenticated;
GRANT SELECT, INSERT, UPDATE, DELETE ON TABLE public.uploads TO service_role;
-- end object
--> statement-breakpoint
-- object: user_profiles_grants
-- The owner reads; nobody raises their own tier.
REVOKE ALL ON TABLE public.user_profiles FROM PUBLIC, anon, authenticated, service_role;
GRANT SELECT ON TABLE public.user_profiles TO authenticated;
GRANT SELECT, INSERT, UPDATE, DELETE ON TABLE public.user_profiles TO service_role;
-- end object
