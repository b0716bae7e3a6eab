import { FUNCTION_ACCESS, TABLE_ACCESS } from '../../library/data/accessMatrix.ts';
import { type Breakage, both, definition, type Statement } from './breakage.ts';

function broken(check: string, what: string, damage: string, mend: Statement): Breakage {
  return { subject: 'access', check, what, damage, mend };
}

/** `what` is as GRANT has it: privileges and object. */
function granted(check: string, what: string, role: string): Breakage {
  return broken(check, `${what} to ${role}`, `GRANT ${what} TO ${role}`, `REVOKE ${what} FROM ${role}`);
}

function revoked(check: string, what: string, role: string): Breakage {
  return broken(check, `${what} taken from ${role}`, `REVOKE ${what} FROM ${role}`, `GRANT ${what} TO ${role}`);
}

const tableGrants = Object.keys(TABLE_ACCESS).flatMap((table) => {
  const check = `table ${table.replace('public.', '')}`;
  return [
    ...['INSERT', 'DELETE', 'TRUNCATE'].map((privilege) => granted(check, `${privilege} ON ${table}`, 'authenticated')),
    granted(check, `TRIGGER ON ${table}`, 'service_role'),
    granted(check, `UPDATE ON ${table}`, 'PUBLIC'),
    revoked(check, `SELECT ON ${table}`, 'service_role'),
  ];
});

const columnGrants = [
  granted('table uploads', 'UPDATE (size_bytes) ON public.uploads', 'authenticated'),
  granted('table uploads', 'UPDATE (created_at) ON public.uploads', 'authenticated'),
  granted('table uploads', 'INSERT (title) ON public.uploads', 'authenticated'),
  revoked('table uploads', 'UPDATE (title) ON public.uploads', 'authenticated'),
  granted('table library_tracks', 'SELECT (file_key) ON public.library_tracks', 'anon'),
  granted('table library_tracks', 'SELECT (preview_key) ON public.library_tracks', 'authenticated'),
  revoked('table library_tracks', 'SELECT (genre) ON public.library_tracks', 'anon'),
  granted('table user_profiles', 'UPDATE (tier) ON public.user_profiles', 'authenticated'),
];

function policy(table: string, name: string, what: string, damage: string): Breakage {
  const mend = both(`DROP POLICY ${name} ON public.${table}`, definition('policy', `${name} on public.${table}`));
  return broken(`table ${table}`, what, damage, mend);
}

const policies: readonly Breakage[] = [
  policy(
    'uploads',
    'uploads_select_own',
    "everybody's uploads are read",
    'ALTER POLICY uploads_select_own ON public.uploads USING (true)',
  ),
  policy(
    'uploads',
    'uploads_select_own',
    'nobody reads their own uploads',
    'ALTER POLICY uploads_select_own ON public.uploads USING (false)',
  ),
  policy(
    'uploads',
    'uploads_update_own',
    "everybody's titles are changed",
    'ALTER POLICY uploads_update_own ON public.uploads USING (true) WITH CHECK (true)',
  ),
  policy(
    'user_profiles',
    'user_profiles_select_own',
    "everybody's tier is read",
    'ALTER POLICY user_profiles_select_own ON public.user_profiles USING (true)',
  ),
  policy(
    'library_tracks',
    'library_tracks_select',
    'the catalogue lacks a track',
    `ALTER POLICY library_tracks_select ON public.library_tracks USING (title <> 'One')`,
  ),
  broken(
    'table uploads',
    'row security off',
    'ALTER TABLE public.uploads DISABLE ROW LEVEL SECURITY',
    'ALTER TABLE public.uploads ENABLE ROW LEVEL SECURITY',
  ),
];

const functions = Object.keys(FUNCTION_ACCESS).flatMap((identity) => {
  const check = `function ${identity.replace('public.', '')}`;
  const execute = `EXECUTE ON FUNCTION ${identity}`;
  const opened = granted(check, execute, 'PUBLIC');
  if (identity.startsWith('private.')) return [opened, granted(check, execute, 'service_role')];
  return [opened, granted(check, execute, 'authenticated'), revoked(check, execute, 'service_role')];
});

const COVERAGE = 'the matrix speaks of every table, column, sequence and function, and of no others';
const OTHER_GRANTS = 'nothing is granted but the operations of the matrix, and to its roles alone';

const others: readonly Breakage[] = [
  broken(COVERAGE, 'a table more', 'CREATE TABLE public.stray (id int)', 'DROP TABLE public.stray'),
  broken(COVERAGE, 'a view more', 'CREATE VIEW public.stray AS SELECT 1 AS one', 'DROP VIEW public.stray'),
  broken(COVERAGE, 'a sequence more', 'CREATE SEQUENCE private.stray', 'DROP SEQUENCE private.stray'),
  broken(
    COVERAGE,
    'a column more',
    'ALTER TABLE public.user_profiles ADD COLUMN stray int',
    'ALTER TABLE public.user_profiles DROP COLUMN stray',
  ),
  broken(
    COVERAGE,
    'a function by the same name',
    'CREATE FUNCTION public.check_library_access(uuid) RETURNS boolean LANGUAGE sql RETURN true',
    'DROP FUNCTION public.check_library_access(uuid)',
  ),
  broken(
    COVERAGE,
    'a function less',
    'ALTER FUNCTION public.mark_objects_purged(uuid, bigint[]) RENAME TO stray',
    'ALTER FUNCTION public.stray(uuid, bigint[]) RENAME TO mark_objects_purged',
  ),
  granted(OTHER_GRANTS, 'REFERENCES ON public.uploads', 'authenticated'),
  granted(OTHER_GRANTS, 'REFERENCES (id) ON public.uploads', 'anon'),
  granted(OTHER_GRANTS, 'SELECT ON public.uploads', 'dashboard_user'),
  broken(
    OTHER_GRANTS,
    'a grant that may be handed on',
    'GRANT SELECT ON public.uploads TO service_role WITH GRANT OPTION',
    'REVOKE GRANT OPTION FOR SELECT ON public.uploads FROM service_role',
  ),
  granted('schema public', 'CREATE ON SCHEMA public', 'authenticated'),
  revoked('schema public', 'USAGE ON SCHEMA public', 'PUBLIC, anon'),
  granted('schema private', 'USAGE ON SCHEMA private', 'service_role'),
  granted('sequence deleted_objects_id_seq', 'USAGE ON SEQUENCE public.deleted_objects_id_seq', 'service_role'),
  granted('sequence deleted_objects_id_seq', 'SELECT ON SEQUENCE public.deleted_objects_id_seq', 'anon'),
];

export const accessBreakages: readonly Breakage[] = [
  ...tableGrants,
  ...columnGrants,
  ...policies,
  ...functions,
  ...others,
];
