import { type Breakage, both, definition, type Statement } from './breakage.ts';

function broken(check: string, what: string, damage: string, mend: Statement): Breakage {
  return { subject: 'counters', check, what, damage, mend };
}

const EVERY_CHANGE = 'the counters are the sum over uploads, whatever changes them';

const triggers = ['insert', 'update', 'delete', 'truncate'].map((event) => {
  const trigger = `TRIGGER uploads_count_${event}`;
  const [damage, mend] = [
    `ALTER TABLE public.uploads DISABLE ${trigger}`,
    `ALTER TABLE public.uploads ENABLE ${trigger}`,
  ];
  return broken(EVERY_CHANGE, `no trigger for ${event}`, damage, mend);
});

const RECOUNT = 'private.recount_user_uploads(uuid)';

const rebuild = broken(
  'private.recount_user_uploads mends counters that went wrong',
  'it only sees days that have a counter',
  `CREATE OR REPLACE FUNCTION ${RECOUNT.replace('(uuid)', '(user_id uuid)')} RETURNS void LANGUAGE sql SET search_path = '' AS $$
    UPDATE public.upload_daily_usage AS u SET used_bytes = coalesce((SELECT sum(f.size_bytes) FROM public.uploads AS f
      WHERE f.user_id = u.user_id AND (f.created_at AT TIME ZONE 'UTC')::date = u.day), 0) WHERE u.user_id = $1 $$`,
  definition('function', RECOUNT),
);

const SIGNATURE = `public.create_upload(user_id uuid, file_key text, content_type text, size_bytes bigint, title text DEFAULT NULL,
  quota_limit bigint DEFAULT 100000000, id uuid DEFAULT gen_random_uuid())`;
const AT = 'public.create_upload(uuid,text,text,bigint,text,bigint,uuid)';

// Numbers of a sequence are never given back: who comes after a rollback has been counted already.
const ARRIVED = 'CREATE SEQUENCE public.arrived';
const FORGOTTEN = 'DROP SEQUENCE public.arrived';
const ALL_ARRIVED = `PERFORM nextval('public.arrived');
      WHILE (SELECT a.last_value FROM public.arrived AS a) < 32 LOOP PERFORM pg_sleep(0.005); END LOOP;`;

/** create_upload with another way to hold the limit: `used` is what it took the day to hold, `after` comes before the insert. */
function otherDesign(before: string, used: string, { limit = 'quota_limit', after = '' } = {}): string {
  return `CREATE OR REPLACE FUNCTION ${SIGNATURE} RETURNS public.uploads LANGUAGE plpgsql SECURITY DEFINER SET search_path = '' AS $$
    DECLARE created public.uploads; used bigint; BEGIN
      ${before}
      used := coalesce((${used}), 0);
      IF used + size_bytes > ${limit} THEN PERFORM private.raise_quota_exceeded(used, quota_limit, now()); END IF;
      ${after}
      INSERT INTO public.uploads (id, user_id, file_key, content_type, size_bytes, created_at)
        VALUES ($7, $1, $2, $3, $4, now()) RETURNING * INTO created;
      RETURN created; END $$`;
}

const SUM = 'SELECT sum(f.size_bytes) FROM public.uploads AS f WHERE f.user_id = $1';
const LOCK = 'PERFORM pg_advisory_xact_lock(hashtextextended($1::text, 0));';
const ROW_LOCK = 'PERFORM FROM public.upload_daily_usage AS u WHERE u.user_id = $1 FOR UPDATE;';
const ALONE = 'ALTER TABLE public.uploads DISABLE TRIGGER uploads_count_insert';
const COUNTED = 'ALTER TABLE public.uploads ENABLE TRIGGER uploads_count_insert';
const AT_READ_COMMITTED = '32 uploads at once fill the quota and never exceed it, at READ COMMITTED';
const AT_REPEATABLE_READ = '32 uploads at once fill the quota and never exceed it, at REPEATABLE READ';

/** All sessions have read what there is before any of them inserts. */
const raced = (what: string, before: string): Breakage =>
  broken(
    AT_READ_COMMITTED,
    what,
    `${ARRIVED}; ${otherDesign(before, SUM, { after: ALL_ARRIVED })}`,
    both(definition('function', AT), FORGOTTEN),
  );

const races: readonly Breakage[] = [
  raced('it checks, then inserts', ''),
  raced('the first row of a day has nothing to lock', ROW_LOCK),
  broken(
    AT_READ_COMMITTED,
    'it refuses what would fit',
    otherDesign(LOCK, SUM, { limit: 'quota_limit - 7000003' }),
    definition('function', AT),
  ),
  broken(
    AT_REPEATABLE_READ,
    'a lock and a sum by a snapshot from before the lock',
    `${otherDesign(LOCK, SUM)}; ${ALONE}`,
    both(definition('function', AT), COUNTED),
  ),
];

export const counterBreakages: readonly Breakage[] = [...triggers, rebuild, ...races];
