import { type Check, effect, literal, type RaceEvidence, rolledBack, type TestDatabase } from '@app/verifier';
import { userId } from '../data/people.ts';
import { differingCounters, NONE_DIFFER } from '../sql/counters.ts';
import { checkThenInsert, createAtOnce, type Isolation, type RaceSettings, withRacers } from '../sql/uploadRace.ts';
import { withinADay } from './withinADay.ts';

const SESSIONS = 32;
/** A size that does not divide the limit. */
const [SIZE, LIMIT] = [7_000_003, 100_000_000];
const FITTING = Math.floor(LIMIT / SIZE);
const USER = userId(23);

/** Uploads by many sessions of one user at once: as many as fit are admitted, and not one more. */
export function race(isolation: Isolation): Check {
  return {
    name: `${SESSIONS} uploads at once fill the quota and never exceed it, at ${isolation}`,
    fix: 'create_upload must read the counter after its insert has locked it: packages/db/src/functions/create_upload.sql',
    prove: async (database) => {
      await withinADay();
      try {
        return await observeRace(database, { isolation, user: USER, size: SIZE, limit: LIMIT });
      } finally {
        await forgetUploads(database);
      }
    },
  };
}

async function observeRace(database: TestDatabase, settings: RaceSettings) {
  return await withRacers(database.url, SESSIONS, async (racers) => {
    const unguardedRun = timed('check, then insert');
    await checkThenInsert(racers, { ...settings, onCommit: unguardedRun.onCommit });
    const unguarded = await uploadedBytes(database);
    await forgetUploads(database);
    const guardedRun = timed('create_upload');
    const admitted = await createAtOnce(racers, { ...settings, onCommit: guardedRun.onCommit });
    const bytes = await uploadedBytes(database);
    const left = LIMIT - bytes;
    const evidence: RaceEvidence = {
      ...{ kind: 'race', isolation: settings.isolation, sessions: SESSIONS, limit: LIMIT },
      runs: [guardedRun.line, unguardedRun.line],
    };
    return [
      // The same race without create_upload: were nobody to lose it, the rest would prove nothing.
      { what: 'check, then insert', expected: EXCEEDED, actual: unguarded > LIMIT ? EXCEEDED : `${unguarded} bytes` },
      { what: 'uploads admitted', expected: String(FITTING), actual: String(admitted) },
      { what: 'bytes uploaded', expected: String(FITTING * SIZE), actual: String(bytes), evidence },
      { what: 'counters', expected: NONE_DIFFER, actual: await differingCounters(database.sql) },
      { what: 'a byte more than is left', expected: 'refused: UP001', actual: await upload(database, left + 1) },
      { what: 'all that is left', expected: '1 rows', actual: await upload(database, left) },
    ];
  });
}

const EXCEEDED = 'more than the quota';

/** What its commits come to, as they come. */
function timed(name: string) {
  const began = performance.now();
  const points: [milliseconds: number, bytes: number][] = [[0, 0]];
  const line: RaceEvidence['runs'][number] = { name, points };
  return {
    line,
    onCommit: () => {
      points.push([performance.now() - began, points.length * SIZE]);
    },
  };
}

async function upload({ sql }: TestDatabase, size: number): Promise<string> {
  const create = `SELECT public.create_upload(${literal(USER)}, 'rest', 'audio/mpeg', ${size}, quota_limit => ${LIMIT})`;
  return await rolledBack(sql, (transaction) => effect(transaction, create));
}

async function uploadedBytes({ sql }: TestDatabase): Promise<number> {
  const [row] = await sql<{ bytes: number }[]>`
    SELECT coalesce(sum(size_bytes), 0)::float8 AS bytes FROM public.uploads WHERE user_id = ${USER}`;
  return row?.bytes ?? 0;
}

async function forgetUploads({ sql }: TestDatabase): Promise<void> {
  const tables = ['uploads', 'upload_daily_usage', 'deleted_objects'];
  await sql.unsafe(tables.map((table) => `DELETE FROM public.${table} WHERE user_id = ${literal(USER)}`).join('; '));
}
