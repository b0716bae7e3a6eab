import { FUNCTION_ACCESS, SEQUENCE_ACCESS, TABLE_ACCESS } from '../../library/data/accessMatrix.ts';
import type { Breakage } from './breakage.ts';

const tables = Object.keys(TABLE_ACCESS).flatMap((table): Breakage[] => {
  const about = { subject: 'tables', check: table.replace('public.', '') };
  const isCounter = table === 'public.upload_daily_usage';
  return [
    {
      ...about,
      check: `${about.check}: how it is kept`,
      what: 'rows are packed another way',
      damage: `ALTER TABLE ${table} SET (fillfactor = 50)`,
      mend: isCounter ? `ALTER TABLE ${table} SET (fillfactor = 70)` : `ALTER TABLE ${table} RESET (fillfactor)`,
    },
    {
      ...about,
      what: 'strangers see its rows',
      damage: `ALTER TABLE ${table} DISABLE ROW LEVEL SECURITY`,
      mend: `ALTER TABLE ${table} ENABLE ROW LEVEL SECURITY`,
    },
  ];
});

function granted(kind: string, identity: string, privilege: string): Breakage {
  const what = `${privilege} ON ${kind.toUpperCase()} ${identity}`;
  const check = `${kind} ${identity.replace('public.', '')}`;
  return { subject: 'grants', check, what, damage: `GRANT ${what} TO anon`, mend: `REVOKE ${what} FROM anon` };
}

const grants: readonly Breakage[] = [
  ...Object.keys(TABLE_ACCESS).map((table) => granted('table', table, 'TRUNCATE')),
  ...Object.keys(SEQUENCE_ACCESS).map((sequence) => granted('sequence', sequence, 'USAGE')),
  ...Object.keys(FUNCTION_ACCESS).map((identity) => granted('function', identity, 'EXECUTE')),
  granted('schema', 'private', 'USAGE'),
];

const tried: readonly Breakage[] = [
  ['sequence deleted_objects_id_seq', 'SELECT ON SEQUENCE public.deleted_objects_id_seq'],
  ['schema private', 'USAGE ON SCHEMA private'],
].map(([check = '', what = '']) => ({
  ...{ subject: 'grants, tried', check, what: `${what} to anon` },
  ...{ damage: `GRANT ${what} TO anon`, mend: `REVOKE ${what} FROM anon` },
}));

/** Where a plain index would refuse a twin. */
const shared: readonly Breakage[] = [
  ['idx_uploads_user_id', 'uploads', 'user_id'],
  ['idx_uploads_created_at', 'uploads', 'created_at'],
  ['idx_library_tracks_preview_key', 'library_tracks', 'preview_key'],
  ['idx_library_tracks_file_key', 'library_tracks', 'file_key'],
].map(([index = '', table = '', key = '']) => ({
  ...{ subject: 'constraints', check: `${index}: two rows may share its keys`, what: `${key} is unique` },
  ...{ damage: `CREATE UNIQUE INDEX too_strict ON public.${table} (${key})`, mend: 'DROP INDEX public.too_strict' },
}));

const sequences: readonly Breakage[] = [
  ['by two', 'INCREMENT BY 2', 'INCREMENT BY 1'],
  ['up to a hundred', 'MAXVALUE 100', 'NO MAXVALUE'],
  ['round and round', 'CYCLE', 'NO CYCLE'],
].map(([what = '', damage = '', mend = '']) => {
  const alter = 'ALTER SEQUENCE public.deleted_objects_id_seq';
  return {
    subject: 'sequences',
    check: 'deleted_objects_id_seq',
    what,
    damage: `${alter} ${damage}`,
    mend: `${alter} ${mend}`,
  };
});

/** Of what is granted, of plain indexes, and of how tables and sequences are kept. */
export const grantBreakages: readonly Breakage[] = [...tables, ...grants, ...tried, ...shared, ...sequences];
