-- Written by triggers, and by the functions that claim, mark, release and retry.
REVOKE ALL ON TABLE public.deleted_objects FROM PUBLIC, anon, authenticated, service_role;
REVOKE ALL ON SEQUENCE public.deleted_objects_id_seq FROM PUBLIC, anon, authenticated, service_role;
GRANT SELECT ON TABLE public.deleted_objects TO service_role;
