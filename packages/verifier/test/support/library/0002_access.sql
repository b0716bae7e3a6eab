ALTER TABLE public.readers ENABLE ROW LEVEL SECURITY;
--> statement-breakpoint
ALTER TABLE public.books ENABLE ROW LEVEL SECURITY;
--> statement-breakpoint
ALTER TABLE public.loans ENABLE ROW LEVEL SECURITY;
--> statement-breakpoint
ALTER TABLE public.loans FORCE ROW LEVEL SECURITY;
--> statement-breakpoint
CREATE POLICY readers_own ON public.readers FOR SELECT TO authenticated USING (public.is_reader(name));
--> statement-breakpoint
CREATE POLICY readers_change ON public.readers FOR UPDATE TO authenticated USING (name = current_user) WITH CHECK (char_length(note) BETWEEN 1 AND 100 AND name = current_user);
--> statement-breakpoint
CREATE POLICY books_all ON public.books FOR SELECT TO anon, authenticated USING (true);
--> statement-breakpoint
CREATE POLICY loans_none ON public.loans AS RESTRICTIVE FOR ALL TO anon USING (false);
--> statement-breakpoint
REVOKE ALL ON public.readers, public.books, public.loans, public.open_loans, public.totals FROM PUBLIC, anon, authenticated, service_role;
--> statement-breakpoint
REVOKE ALL ON SEQUENCE public.card_number FROM PUBLIC, anon, authenticated, service_role;
--> statement-breakpoint
REVOKE ALL ON FUNCTION public.lend(bigint, uuid, integer), public.is_short(integer) FROM PUBLIC, anon, authenticated, service_role;
--> statement-breakpoint
GRANT SELECT (id, name), UPDATE (note) ON public.readers TO authenticated;
--> statement-breakpoint
GRANT SELECT ON public.books TO anon, authenticated;
--> statement-breakpoint
GRANT SELECT, INSERT ON public.loans TO service_role;
--> statement-breakpoint
GRANT SELECT ON public.open_loans TO service_role;
--> statement-breakpoint
GRANT USAGE ON SEQUENCE public.card_number TO service_role;
--> statement-breakpoint
GRANT EXECUTE ON FUNCTION public.lend(bigint, uuid, integer) TO authenticated;
--> statement-breakpoint
GRANT USAGE ON SCHEMA inner_library TO service_role;
--> statement-breakpoint
ALTER DEFAULT PRIVILEGES IN SCHEMA inner_library GRANT SELECT ON TABLES TO service_role;
