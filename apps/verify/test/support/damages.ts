/** Something that a hand did to a live database, and how the inspection names it. */
export interface Damage {
  readonly what: string;
  /** As superuser, one statement after the other, each on its own. */
  readonly statements: readonly string[];
  /** `subject: name` of each failure that comes of it, with a part of what it says. */
  readonly named: Readonly<Record<string, string>>;
}

const AN_UPLOAD = `INSERT INTO public.uploads (user_id, file_key, content_type, size_bytes)
  SELECT id, 'a/key', 'audio/mpeg', 1000 FROM auth.users ORDER BY id LIMIT 1`;

/** One object of each kind; no two of them touch the same. */
export const DAMAGES: readonly Damage[] = [
  {
    what: 'a counter off by one',
    statements: [AN_UPLOAD, 'UPDATE public.upload_daily_usage SET used_bytes = used_bytes + 1'],
    named: { 'counters: upload_daily_usage is the sum over uploads': '1000 bytes | 1001 bytes' },
  },
  {
    what: 'another column type',
    statements: ['ALTER TABLE public.library_tracks ALTER COLUMN duration_ms TYPE bigint'],
    named: { 'drift: changed: column public.library_tracks.duration_ms': 'type: integer | bigint' },
  },
  {
    what: 'another default',
    statements: [`ALTER TABLE public.user_profiles ALTER COLUMN tier SET DEFAULT 'pro'`],
    named: { 'drift: changed: column public.user_profiles.tier': `default: 'free'::text | 'pro'::text` },
  },
  {
    what: 'no NOT NULL',
    statements: ['ALTER TABLE public.library_tracks ALTER COLUMN title DROP NOT NULL'],
    named: { 'drift: changed: column public.library_tracks.title': 'NOT NULL: NOT NULL | nullable' },
  },
  {
    what: 'a column dropped',
    statements: ['ALTER TABLE public.library_tracks DROP COLUMN album'],
    named: { 'drift: missing: column public.library_tracks.album': 'there is none' },
  },
  {
    what: 'a column more',
    statements: ['ALTER TABLE public.user_profiles ADD COLUMN "no te" text'],
    named: { 'drift: extra: column public.user_profiles."no te"': '"no te" text' },
  },
  {
    what: 'a check widened by one',
    statements: [
      'ALTER TABLE public.uploads DROP CONSTRAINT uploads_title_check, ADD CONSTRAINT uploads_title_check CHECK (char_length(title) BETWEEN 1 AND 501)',
    ],
    named: { 'drift: changed: constraint uploads_title_check on public.uploads': '<= 501' },
  },
  {
    what: 'a constraint NOT VALID',
    statements: [
      'ALTER TABLE public.uploads DROP CONSTRAINT uploads_size_bytes_positive, ADD CONSTRAINT uploads_size_bytes_positive CHECK (size_bytes > 0) NOT VALID',
    ],
    named: {
      'drift: changed: constraint uploads_size_bytes_positive on public.uploads': 'validated: VALIDATED | NOT VALID',
      'health: every constraint is validated and enforced': 'uploads_size_bytes_positive on public.uploads',
    },
  },
  {
    what: 'another delete action',
    statements: [
      'ALTER TABLE public.uploads DROP CONSTRAINT uploads_user_id_fkey, ADD CONSTRAINT uploads_user_id_fkey FOREIGN KEY (user_id) REFERENCES auth.users (id) ON DELETE RESTRICT',
    ],
    named: { 'drift: changed: constraint uploads_user_id_fkey on public.uploads': 'ON DELETE RESTRICT' },
  },
  {
    what: 'a unique constraint dropped',
    statements: ['ALTER TABLE public.uploads DROP CONSTRAINT uploads_file_key_unique'],
    named: { 'drift: missing: constraint uploads_file_key_unique on public.uploads': 'UNIQUE (file_key)' },
  },
  {
    what: 'an index dropped',
    statements: ['DROP INDEX public.idx_uploads_user_id'],
    named: { 'drift: missing: index public.idx_uploads_user_id': 'there is none' },
  },
  {
    what: 'an index that a failed build left INVALID',
    statements: ['CREATE UNIQUE INDEX CONCURRENTLY astray ON public.library_tracks (is_pro_only)'],
    named: {
      'drift: extra: index public.astray': 'not valid',
      'health: every index is valid': 'public.astray: valid | INVALID',
    },
  },
  {
    what: 'the same index under another name',
    statements: ['CREATE INDEX "a ON twin" ON public.library_tracks (file_key)'],
    named: { 'health: no index is there twice': 'public."a ON twin": no duplicate' },
  },
  {
    what: 'a function that says TRUE',
    statements: [
      `CREATE OR REPLACE FUNCTION public.check_library_access(user_id uuid, track_id uuid) RETURNS boolean
       LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = '' AS $$ BEGIN RETURN TRUE; END $$`,
    ],
    named: { 'drift: changed: function public.check_library_access(uuid,uuid)': 'body: line 1' },
  },
  {
    what: 'a function without its setting',
    statements: ['ALTER FUNCTION public.check_user_upload_quota(uuid, bigint, bigint) RESET search_path'],
    named: {
      'drift: changed: function public.check_user_upload_quota(uuid,bigint,bigint)': 'settings: search_path="" | none',
    },
  },
  {
    what: 'a function with another owner',
    statements: ['ALTER FUNCTION private.set_updated_at() OWNER TO service_role'],
    named: { 'drift: changed: function private.set_updated_at()': 'owner: postgres | service_role' },
  },
  {
    what: 'EXECUTE opened',
    statements: ['GRANT EXECUTE ON FUNCTION public.check_library_access(uuid, uuid) TO anon'],
    named: {
      'drift: extra: grant on function public.check_library_access(uuid,uuid) to anon':
        'EXECUTE opened to anon: no grant',
    },
  },
  {
    what: 'a table opened to those who had nothing',
    statements: ['GRANT SELECT ON public.deleted_objects TO anon'],
    named: { 'drift: extra: grant on table public.deleted_objects to anon': 'SELECT opened to anon: no grant' },
  },
  {
    what: 'a table opened further',
    statements: ['GRANT INSERT ON public.uploads TO authenticated'],
    named: { 'drift: changed: grant on table public.uploads to authenticated': 'privileges: SELECT | SELECT, INSERT' },
  },
  {
    what: 'a column opened',
    statements: ['GRANT SELECT (file_key) ON public.library_tracks TO anon'],
    named: { 'drift: extra: grant on column public.library_tracks.file_key to anon': 'SELECT opened to anon' },
  },
  {
    what: 'a grant taken away',
    statements: ['REVOKE SELECT ON public.upload_daily_usage FROM service_role'],
    named: { 'drift: missing: grant on table public.upload_daily_usage to service_role': 'there is none' },
  },
  {
    what: 'a policy changed',
    statements: ['ALTER POLICY uploads_select_own ON public.uploads USING (true)'],
    named: { 'drift: changed: policy uploads_select_own on public.uploads': '| true' },
  },
  {
    what: 'a policy dropped',
    statements: ['DROP POLICY uploads_update_own ON public.uploads'],
    named: { 'drift: missing: policy uploads_update_own on public.uploads': 'there is none' },
  },
  {
    what: 'a policy more',
    statements: ['CREATE POLICY "o pen" ON public.user_profiles FOR SELECT TO anon USING (true)'],
    named: { 'drift: extra: policy "o pen" on public.user_profiles': 'policy: none of that name' },
  },
  {
    what: 'row security switched off',
    statements: ['ALTER TABLE public.user_profiles DISABLE ROW LEVEL SECURITY'],
    named: { 'drift: changed: table public.user_profiles': 'row level security: on | switched off' },
  },
  {
    what: 'a trigger disabled',
    statements: ['ALTER TABLE public.uploads DISABLE TRIGGER uploads_count_delete'],
    named: {
      'drift: changed: trigger uploads_count_delete on public.uploads': 'enabled: enabled | disabled',
      'health: no trigger is disabled': 'uploads_count_delete on public.uploads: enabled | disabled',
    },
  },
  {
    what: 'a trigger dropped',
    statements: ['DROP TRIGGER uploads_set_updated_at ON public.uploads'],
    named: { 'drift: missing: trigger uploads_set_updated_at on public.uploads': 'there is none' },
  },
  {
    what: 'another sequence',
    statements: ['ALTER SEQUENCE public.deleted_objects_id_seq INCREMENT BY 2'],
    named: { 'drift: changed: sequence public.deleted_objects_id_seq': 'options: the defaults | INCREMENT BY 2' },
  },
  {
    what: 'a table whose rows show in one of ours',
    statements: ['CREATE TABLE public.more_tracks () INHERITS (public.library_tracks)'],
    named: { 'drift: extra: table public.more_tracks': 'INHERITS (public.library_tracks)' },
  },
  {
    what: 'a ledger row missing',
    statements: [
      'DELETE FROM drizzle.__drizzle_migrations WHERE id = (SELECT id FROM drizzle.__drizzle_migrations ORDER BY id OFFSET 5 LIMIT 1)',
    ],
    named: {
      'ledger: out_of_order: 20261125170001_count_and_track_uploads': 'was never applied',
      'ledger: every migration is applied': '20261125170001_count_and_track_uploads: applied | pending',
    },
  },
];
