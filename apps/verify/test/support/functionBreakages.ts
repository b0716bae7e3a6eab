import type { Breakage } from './breakage.ts';

/** A wrong function under the right name; the right one waits under another, with its grants. */
function replaced(
  subject: Breakage['subject'],
  check: string,
  signature: string,
  what: string,
  create: string,
): Breakage {
  const name = signature.replace(/\(.*/, '');
  const hidden = signature.replace(name, 'public.right_one');
  return {
    ...{ subject, check, what },
    damage: `ALTER FUNCTION ${signature} RENAME TO right_one; ${create}`,
    mend: `DROP FUNCTION ${signature}; ALTER FUNCTION ${hidden} RENAME TO ${name.replace('public.', '')}`,
  };
}

const UTC_DAY = `date_trunc('day', now(), 'UTC')`;
const QUOTA = 'public.check_user_upload_quota(uuid,bigint,bigint)';

interface WrongQuota {
  readonly parameters?: string;
  readonly settings?: string;
  readonly from?: string;
  readonly whose?: string;
  readonly since?: string;
  readonly verdict?: string;
}

/** The PRD's function with its ambiguity mended and no guards, and one thing wrong. */
function wrongQuota(check: string, what: string, wrong: WrongQuota): Breakage {
  const {
    parameters = 'user_id uuid, file_size bigint, quota_limit bigint DEFAULT 100000000',
    settings = `SET search_path = ''`,
  } = wrong;
  const {
    from = 'public.uploads',
    whose = 'f.user_id = $1',
    since = UTC_DAY,
    verdict = 'daily_total + $2 <= $3',
  } = wrong;
  const create = `CREATE FUNCTION public.check_user_upload_quota(${parameters}) RETURNS boolean
    LANGUAGE plpgsql SECURITY DEFINER ${settings} AS $$ DECLARE daily_total bigint; BEGIN
      SELECT coalesce(sum(f.size_bytes), 0) INTO daily_total FROM ${from} f WHERE ${whose} AND f.created_at >= ${since};
      RETURN ${verdict}; END $$`;
  return replaced('check_user_upload_quota', check, QUOTA, what, create);
}

const ZONES = ['Etc/GMT+12', 'Etc/GMT-14', 'America/Los_Angeles', 'Pacific/Apia'];

const QUOTA_BREAKAGES: readonly Breakage[] = [
  wrongQuota('without uploads, a file up to the limit fits', 'below, not up to', { verdict: 'daily_total + $2 < $3' }),
  wrongQuota('the limit is 100,000,000 bytes unless another is given', 'a byte more', {
    parameters: 'user_id uuid, file_size bigint, quota_limit bigint DEFAULT 100000001',
  }),
  wrongQuota('nothing fits a limit of 0, which is one', 'everything does', {
    verdict: '$3 = 0 OR daily_total + $2 <= $3',
  }),
  wrongQuota('parameters may be named as in the PRD', 'other names', {
    parameters: 'p_user_id uuid, p_file_size bigint, p_quota_limit bigint DEFAULT 100000000',
  }),
  wrongQuota("today's uploads count, to the byte", 'nothing counts', { verdict: '$2 <= $3' }),
  wrongQuota("nobody else's uploads count", "everybody's count", { whose: 'true' }),
  wrongQuota('the day is the UTC day in a session of UTC', 'the last 24 hours', {
    since: `now() - interval '24 hours'`,
  }),
  ...ZONES.map((zone) =>
    wrongQuota(`the day is the UTC day in a session of ${zone}`, "the session's day", { since: 'CURRENT_DATE' }),
  ),
  wrongQuota('a deleted upload counts no more', 'what was deleted counts', {
    from: `(SELECT user_id, size_bytes, created_at FROM public.uploads UNION ALL
      SELECT user_id, size_bytes, deleted_at FROM public.deleted_objects)`,
  }),
  wrongQuota('a user whom nobody knows has used nothing', 'never', { verdict: 'false' }),
  wrongQuota('the largest sizes are no overflow', 'added', {}),
  wrongQuota('a bad argument is an error that names it', 'no guards', {}),
  wrongQuota("a caller's temporary tables shadow nothing", "the caller's search_path", {
    settings: '',
    from: 'uploads',
  }),
  {
    ...{ subject: 'check_user_upload_quota', check: 'check_user_upload_quota may be executed by service_role alone' },
    what: 'opened to PUBLIC',
    damage: `GRANT EXECUTE ON FUNCTION ${QUOTA} TO PUBLIC`,
    mend: `REVOKE EXECUTE ON FUNCTION ${QUOTA} FROM PUBLIC`,
  },
  {
    ...{ subject: 'check_user_upload_quota', check: 'check_user_upload_quota may be executed by service_role alone' },
    what: 'closed to service_role',
    damage: `REVOKE EXECUTE ON FUNCTION ${QUOTA} FROM service_role`,
    mend: `GRANT EXECUTE ON FUNCTION ${QUOTA} TO service_role`,
  },
];

const ACCESS = 'public.check_library_access(uuid,uuid)';

/** The PRD's function, its ambiguity mended: NULL for a user without profile, TRUE for a track that is not there. */
const PRD_ACCESS = `SELECT t.is_pro_only INTO pro FROM public.library_tracks t WHERE t.id = $2; IF NOT pro THEN RETURN true; END IF;
  SELECT p.tier INTO tier FROM public.user_profiles p WHERE p.user_id = $1; RETURN tier IN ('pro', 'enterprise');`;

function wrongAccess(
  check: string,
  what: string,
  body: string,
  { names = 'user_id uuid, track_id uuid', settings = `SET search_path = ''` } = {},
): Breakage {
  const create = `CREATE FUNCTION public.check_library_access(${names}) RETURNS boolean LANGUAGE plpgsql SECURITY DEFINER ${settings}
    AS $$ DECLARE pro boolean; tier text; BEGIN ${body} END $$`;
  return replaced('check_library_access', check, ACCESS, what, create);
}

const ACCESS_BREAKAGES: readonly Breakage[] = [
  wrongAccess('a free track', 'never', 'RETURN false;'),
  wrongAccess('a pro track', 'always', 'RETURN true;'),
  wrongAccess('a pro track', 'the PRD as written', PRD_ACCESS),
  wrongAccess('a missing track', 'the PRD as written', PRD_ACCESS),
  wrongAccess('parameters may be named as in the PRD', 'other names', 'RETURN true;', {
    names: 'p_user_id uuid, p_track_id uuid',
  }),
  wrongAccess('a bad argument is an error that names it', 'the PRD as written', PRD_ACCESS),
  wrongAccess(
    'a track of which it is not known is for pro',
    'it is free',
    PRD_ACCESS.replace('IF NOT pro', 'IF pro IS NOT TRUE'),
  ),
  wrongAccess(
    'a tier that is not known is not pro',
    'any but free',
    PRD_ACCESS.replace("IN ('pro', 'enterprise')", "<> 'free'"),
  ),
  wrongAccess(
    "a caller's temporary tables shadow nothing",
    "the caller's search_path",
    PRD_ACCESS.replaceAll('public.', ''),
    { settings: '' },
  ),
  {
    ...{ subject: 'check_library_access', check: 'check_library_access may be executed by service_role alone' },
    what: 'opened to anon',
    damage: `GRANT EXECUTE ON FUNCTION ${ACCESS} TO anon`,
    mend: `REVOKE EXECUTE ON FUNCTION ${ACCESS} FROM anon`,
  },
];

export const functionBreakages: readonly Breakage[] = [...QUOTA_BREAKAGES, ...ACCESS_BREAKAGES];
