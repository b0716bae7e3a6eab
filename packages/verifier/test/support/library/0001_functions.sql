CREATE FUNCTION inner_library.note_change() RETURNS trigger LANGUAGE plpgsql SET search_path = '' AS $$
BEGIN
  INSERT INTO inner_library.changes (what) VALUES (TG_OP || ' it''s ' || TG_TABLE_NAME);
  RETURN NULL;
END
$$;
--> statement-breakpoint
CREATE FUNCTION public.lend(p_reader bigint, p_book uuid, p_days integer DEFAULT 14) RETURNS integer
  LANGUAGE plpgsql SECURITY DEFINER SET search_path = '' AS $$
DECLARE
  given integer;
BEGIN
  INSERT INTO public.loans (reader_id, book_id, days) VALUES (p_reader, p_book, p_days) RETURNING number INTO given;
  RETURN given;
END
$$;
--> statement-breakpoint
CREATE FUNCTION public.is_short(p_days integer) RETURNS boolean LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE AS 'SELECT p_days < 7';
--> statement-breakpoint
CREATE FUNCTION public.is_reader(p_name text) RETURNS boolean LANGUAGE sql STABLE AS 'SELECT p_name = current_user';
--> statement-breakpoint
CREATE TRIGGER loans_note AFTER INSERT OR UPDATE ON public.loans FOR EACH STATEMENT EXECUTE FUNCTION inner_library.note_change();
--> statement-breakpoint
CREATE TRIGGER books_note AFTER UPDATE OF price ON public.books FOR EACH ROW WHEN (NEW.price BETWEEN 0 AND 10 AND NEW.pages > 1) EXECUTE FUNCTION inner_library.note_change();
--> statement-breakpoint
COMMENT ON TABLE public.books IS 'What can be lent';
--> statement-breakpoint
COMMENT ON COLUMN public.books.pages IS 'It IS the number of pages';
--> statement-breakpoint
COMMENT ON CONSTRAINT books_pages_positive ON public.books IS 'No empty book';
--> statement-breakpoint
COMMENT ON FUNCTION public.lend(bigint, uuid, integer) IS 'Lends a book';
