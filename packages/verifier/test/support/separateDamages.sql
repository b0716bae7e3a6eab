-- Manual changes that would hide another one. Each needs a database of its own.

-- an extra enum label (medium, by hand)
--   changed: type public.state => sold
ALTER TYPE public.state ADD VALUE 'sold';

-- a missing enum label (medium)
--   changed: type public.state => labels: new, lent, it's lost | lent
DROP VIEW public.open_loans;
DROP MATERIALIZED VIEW public.totals;
DROP STATISTICS public.books_statistics;
DROP INDEX public.books_cheap;
ALTER TABLE public.books ALTER COLUMN state DROP DEFAULT, ALTER COLUMN state TYPE text;
DROP TYPE public.state;
CREATE TYPE public.state AS ENUM ('lent');
ALTER TABLE public.books ALTER COLUMN state TYPE public.state USING state::public.state, ALTER COLUMN state SET DEFAULT 'lent';

-- another type of columns that a view and a trigger read (medium)
--   changed: column public.books.title => type: text | character varying(300)
--   changed: column public.books.pages => type: integer | bigint
DROP VIEW public.open_loans;
DROP TRIGGER books_note ON public.books;
ALTER TABLE public.books ALTER COLUMN title TYPE varchar(300), ALTER COLUMN pages TYPE bigint;
CREATE VIEW public.open_loans WITH (security_invoker = true) AS SELECT l.number, l.book_id, b.title FROM public.loans l JOIN public.books b ON b.id = l.book_id WHERE l.days BETWEEN 1 AND 30 AND NOT l.returned;
GRANT SELECT ON public.open_loans TO service_role;
CREATE TRIGGER books_note AFTER UPDATE OF price ON public.books FOR EACH ROW WHEN (NEW.price BETWEEN 0 AND 10 AND NEW.pages > 1) EXECUTE FUNCTION inner_library.note_change();

-- a view with the privileges of its owner (high)
--   changed: view public.open_loans => options: security_invoker=true | none
ALTER VIEW public.open_loans RESET (security_invoker);

-- a dropped view (medium)
--   missing: view public.open_loans => CREATE VIEW
DROP VIEW public.open_loans;

-- another materialized view (medium)
--   changed: view public.totals => query: line
DROP MATERIALIZED VIEW public.totals;
CREATE MATERIALIZED VIEW public.totals AS SELECT state, count(*) AS books FROM public.books WHERE pages > 1 GROUP BY state;
CREATE UNIQUE INDEX totals_state ON public.totals (state);

-- a dropped table (medium)
--   missing: table public.loans => there is none
--   missing: view public.open_loans => there is none
DROP TABLE public.loans CASCADE;

-- an unlogged table (medium)
--   changed: table inner_library.changes => logged: logged | UNLOGGED
--   changed: sequence inner_library.changes_id_seq => logged: logged | UNLOGGED
ALTER TABLE inner_library.changes SET UNLOGGED;

-- a dropped function with its triggers (medium)
--   missing: function inner_library.note_change() => there is none
--   missing: trigger loans_note on public.loans => there is none
--   missing: trigger books_note on public.books => there is none
DROP FUNCTION inner_library.note_change() CASCADE;

-- foreign keys with disabled triggers (medium)
--   changed: constraint loans_book_fkey on public.loans => enforced: enforced | not enforced
--   changed: constraint loans_reader_fkey on public.loans => enforced: enforced | not enforced
--   changed: trigger loans_note on public.loans => enabled: enabled | disabled
ALTER TABLE public.loans DISABLE TRIGGER ALL;

-- a composite type with an extra attribute (medium, by hand)
--   changed: type public.shelf => attributes: room text, number integer | room text, number integer, height integer
ALTER TYPE public.shelf ADD ATTRIBUTE height integer;

-- another owner of a table (high)
--   changed: table public.loans => owner: postgres | service_role
ALTER TABLE public.loans OWNER TO service_role;
