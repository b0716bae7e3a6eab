import { FUNCTION_ACCESS, SEQUENCE_ACCESS, TABLE_ACCESS } from '../../library/data/accessMatrix.ts';
import { type Breakage, definition } from './breakage.ts';

function disabled(subject: string, check: string, trigger: string, table: string): Breakage {
  const [damage, mend] = ['DISABLE', 'ENABLE'].map((word) => `ALTER TABLE public.${table} ${word} TRIGGER ${trigger}`);
  return { subject, check, what: `no ${trigger}`, damage: damage ?? '', mend: mend ?? '' };
}

function rewritten(
  subject: string,
  check: string,
  signature: string,
  what: string,
  head: string,
  body: string,
): Breakage {
  const damage = `CREATE OR REPLACE FUNCTION ${head} LANGUAGE plpgsql SET search_path = '' AS $$ BEGIN ${body} END $$`;
  return { subject, check, what, damage, mend: definition('function', signature) };
}

const stories: readonly Breakage[] = [
  ...['delete', 'update', 'truncate'].flatMap((event) => [
    disabled(
      'outbox',
      'an upload that goes leaves its key, whatever takes it away',
      `uploads_track_keys_${event}`,
      'uploads',
    ),
    disabled(
      'outbox',
      'a track that goes leaves its keys, whatever takes it away',
      `library_tracks_track_keys_${event}`,
      'library_tracks',
    ),
  ]),
  ...[
    ['uploads_count_insert', 'uploads'],
    ['library_tracks_track_keys_insert', 'library_tracks'],
  ].map(([trigger = '', table = '']) =>
    disabled('outbox', 'a key that waits to be purged is not taken again, and one that was purged is', trigger, table),
  ),
  rewritten(
    'outbox',
    'keys are handed out by leases, oldest first, until they are marked as purged',
    'public.mark_objects_purged(uuid,bigint[])',
    'whoever asks marks them',
    'public.mark_objects_purged(lease uuid, ids bigint[]) RETURNS integer',
    'UPDATE public.deleted_objects AS d SET purged_at = now(), lease_id = NULL WHERE d.id = ANY (ids); RETURN cardinality(ids);',
  ),
  rewritten(
    'outbox',
    'no key is handed out while a transaction runs that may have taken it',
    'private.running_transactions()',
    'nobody is seen to run',
    'private.running_transactions() RETURNS text[]',
    `RETURN '{}';`,
  ),
  rewritten(
    'create_upload',
    'it creates the upload that it is asked for, once, and says when the quota is used up',
    'private.raise_quota_exceeded(bigint,bigint,timestamp with time zone)',
    'an error without its detail',
    'private.raise_quota_exceeded(used bigint, quota_limit bigint, as_of timestamptz) RETURNS void',
    `RAISE EXCEPTION 'the upload would exceed the day''s quota of % bytes', quota_limit USING ERRCODE = 'UP001';`,
  ),
  {
    subject: 'create_upload',
    check: "what it cannot take is the table's own error, or names the argument",
    what: 'a key by another name',
    damage: 'ALTER TABLE public.uploads RENAME CONSTRAINT uploads_file_key_unique TO astray',
    mend: 'ALTER TABLE public.uploads RENAME CONSTRAINT astray TO uploads_file_key_unique',
  },
  disabled('create_upload', 'a change to an upload sets when it was changed', 'uploads_set_updated_at', 'uploads'),
];

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

export const storyBreakages: readonly Breakage[] = [...stories, ...tables, ...grants, ...sequences];
