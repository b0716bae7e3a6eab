import { type Breakage, both, definition, type Statement } from './breakage.ts';

function broken(check: string, what: string, damage: string, mend: Statement): Breakage {
  return { subject: 'security', check, what, damage, mend };
}

/** A defect that is made, and unmade, by one thing that should not be there. */
function planted(check: string, kind: string, name: string, create: string): Breakage {
  return broken(check, `${kind}: ${create}`, create, `DROP ${kind} ${name}`);
}

const GOES_ROUND = 'nothing that the API serves goes round row security';

const relations: readonly Breakage[] = [
  broken(
    'row security is on for every table that the API serves',
    'off for a table',
    'ALTER TABLE public.deleted_objects DISABLE ROW LEVEL SECURITY',
    'ALTER TABLE public.deleted_objects ENABLE ROW LEVEL SECURITY',
  ),
  planted(
    'every table that the API serves has a primary key',
    'TABLE',
    'public.stray',
    'CREATE TABLE public.stray (id int UNIQUE)',
  ),
  planted(GOES_ROUND, 'VIEW', 'public.stray', 'CREATE VIEW public.stray AS SELECT * FROM public.uploads'),
  planted(
    GOES_ROUND,
    'VIEW',
    'public.stray',
    'CREATE VIEW public.stray WITH (security_invoker = off) AS SELECT * FROM public.uploads',
  ),
  planted(
    GOES_ROUND,
    'MATERIALIZED VIEW',
    'public.stray',
    'CREATE MATERIALIZED VIEW public.stray AS SELECT * FROM public.uploads',
  ),
  {
    ...broken(
      'no role of the API owns anything of ours',
      'a table of service_role',
      'ALTER TABLE public.library_tracks OWNER TO service_role',
      'ALTER TABLE public.library_tracks OWNER TO postgres',
    ),
    as: 'superuser',
  },
];

const FOREIGN_KEY = 'every foreign key has an index';
const SAME = 'no two indexes are the same';

const indexes: readonly Breakage[] = [
  broken(
    FOREIGN_KEY,
    'one on a column that has none',
    'ALTER TABLE public.deleted_objects ADD CONSTRAINT stray FOREIGN KEY (user_id) REFERENCES auth.users (id)',
    'ALTER TABLE public.deleted_objects DROP CONSTRAINT stray',
  ),
  broken(
    FOREIGN_KEY,
    'one whose index is for some rows, or has its column second',
    `CREATE INDEX stray_1 ON public.deleted_objects (user_id) WHERE purged_at IS NULL;
     CREATE INDEX stray_2 ON public.deleted_objects (source, user_id);
     ALTER TABLE public.deleted_objects ADD CONSTRAINT stray FOREIGN KEY (user_id) REFERENCES auth.users (id)`,
    'ALTER TABLE public.deleted_objects DROP CONSTRAINT stray; DROP INDEX public.stray_1, public.stray_2',
  ),
  planted(SAME, 'INDEX', 'public.stray', 'CREATE INDEX stray ON public.uploads (file_key)'),
  planted(SAME, 'INDEX', 'public.stray', 'CREATE INDEX stray ON public.uploads (file_key text_pattern_ops)'),
  planted(SAME, 'INDEX', 'public.stray', 'CREATE INDEX stray ON public.deleted_objects (id) WHERE purged_at IS NULL'),
];

function strayFunction(check: string, what: string, options: string, grants = ''): Breakage {
  const damage = `CREATE FUNCTION public.stray() RETURNS int LANGUAGE sql ${options} AS 'SELECT 1';${grants}`;
  return broken(check, what, damage, 'DROP FUNCTION public.stray()');
}

const REVOKED = 'REVOKE ALL ON FUNCTION public.stray() FROM PUBLIC, anon, authenticated;';
const PINNED = `SECURITY DEFINER SET search_path = ''`;
const OPEN = 'no SECURITY DEFINER function is open to anon, authenticated or PUBLIC';
const BY_NAME = 'who may execute a function of ours is said by name';
const HIDDEN = "no role of the API reaches into private, or into the migrations' ledger";

const functions: readonly Breakage[] = [
  strayFunction(
    "no SECURITY DEFINER function resolves names by its caller's search_path",
    'one without',
    'SECURITY DEFINER',
    REVOKED,
  ),
  strayFunction('every function of ours has an empty search_path', 'one without', '', REVOKED),
  strayFunction(
    'every function of ours has an empty search_path',
    'one with public in it',
    'SECURITY DEFINER SET search_path = public',
    REVOKED,
  ),
  // What a Supabase project grants by default, and what is left of it after a revoke from PUBLIC alone.
  strayFunction(OPEN, 'as it is created', PINNED),
  strayFunction(OPEN, 'revoked from PUBLIC alone', PINNED, 'REVOKE ALL ON FUNCTION public.stray() FROM PUBLIC'),
  broken(
    BY_NAME,
    'a helper as it is created',
    `CREATE FUNCTION private.stray() RETURNS int LANGUAGE sql SET search_path = '' AS 'SELECT 1'`,
    'DROP FUNCTION private.stray()',
  ),
  strayFunction(BY_NAME, 'PUBLIC beside the names', `SET search_path = ''`),
  broken(
    HIDDEN,
    'the schema',
    'GRANT USAGE ON SCHEMA private TO authenticated',
    'REVOKE USAGE ON SCHEMA private FROM authenticated',
  ),
  broken(
    HIDDEN,
    "the ledger's schema",
    'GRANT USAGE ON SCHEMA drizzle TO service_role',
    'REVOKE USAGE ON SCHEMA drizzle FROM service_role',
  ),
  broken(
    HIDDEN,
    'a function',
    'GRANT EXECUTE ON FUNCTION private.recount_user_uploads(uuid) TO service_role',
    'REVOKE EXECUTE ON FUNCTION private.recount_user_uploads(uuid) FROM service_role',
  ),
  planted(
    HIDDEN,
    'TABLE',
    'private.stray',
    'CREATE TABLE private.stray (id int); GRANT SELECT (id) ON private.stray TO anon',
  ),
  planted(
    HIDDEN,
    'SEQUENCE',
    'private.stray',
    'CREATE SEQUENCE private.stray; GRANT USAGE ON SEQUENCE private.stray TO anon',
  ),
];

const PER_ROW = 'no policy asks who calls once for each row';
const WRITE_ALL = 'no policy lets every row be written';
const ONE = 'one permissive policy for a role and command';
const STRAY_POLICY = 'stray ON public.uploads';

function ownPolicy(check: string, name: string, change: string): Breakage {
  const mend = both(`DROP POLICY ${name} ON public.uploads`, definition('policy', `${name} on public.uploads`));
  return broken(check, change, `ALTER POLICY ${name} ON public.uploads ${change}`, mend);
}

const policies: readonly Breakage[] = [
  planted(ONE, 'POLICY', STRAY_POLICY, `CREATE POLICY ${STRAY_POLICY} FOR SELECT TO authenticated USING (title = 'x')`),
  planted(ONE, 'POLICY', STRAY_POLICY, `CREATE POLICY ${STRAY_POLICY} FOR ALL USING (title = 'x')`),
  planted(WRITE_ALL, 'POLICY', STRAY_POLICY, `CREATE POLICY ${STRAY_POLICY} FOR INSERT TO anon WITH CHECK (true)`),
  planted(WRITE_ALL, 'POLICY', STRAY_POLICY, `CREATE POLICY ${STRAY_POLICY} FOR DELETE TO authenticated USING (true)`),
  planted(WRITE_ALL, 'POLICY', STRAY_POLICY, `CREATE POLICY ${STRAY_POLICY} TO anon USING (true)`),
  ownPolicy(PER_ROW, 'uploads_select_own', 'USING (auth.uid() = user_id)'),
  ownPolicy(PER_ROW, 'uploads_select_own', `USING (user_id = current_setting('request.jwt.claim.sub', true)::uuid)`),
  ownPolicy(PER_ROW, 'uploads_select_own', 'USING ((SELECT auth.uid() = user_id))'),
  ownPolicy(
    PER_ROW,
    'uploads_update_own',
    `WITH CHECK ((SELECT auth.uid()) = user_id AND auth.role() = 'authenticated')`,
  ),
];

export const securityBreakages: readonly Breakage[] = [...relations, ...indexes, ...functions, ...policies];
