-- Written by triggers alone.
REVOKE ALL ON TABLE public.upload_daily_usage FROM PUBLIC, anon, authenticated, service_role;
GRANT SELECT ON TABLE public.upload_daily_usage TO service_role;
