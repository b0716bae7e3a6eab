import { expect, test } from 'vitest';
import { counters } from '../../library/checks/counters.ts';
import type { CheckResult, Subject } from '../../src/check.ts';
import { subjectsOf } from '../../src/checks/index.ts';
import type { Evidence } from '../../src/evidence.ts';
import { runCheck } from '../../src/run.ts';
import config from '../../verify.config.ts';
import { checkOf } from '../support/breakage.ts';
import { openScenes } from '../support/server.ts';

function subjectNamed(name: string): Subject {
  const subject = subjectsOf(config, undefined).find((candidate) => candidate.name === name);
  if (subject === undefined) throw new Error(`there is no subject ${name}`);
  return subject;
}

const [access, migrations] = [subjectNamed('access'), subjectNamed('migrations')];

async function resultOf(subject: Subject, check: string, given?: string): Promise<CheckResult> {
  await using scene = await openScenes()(subject.startsFrom);
  await subject.prepare?.(scene);
  if (given !== undefined) await scene.superuser.unsafe(given);
  return await runCheck(subject, checkOf(subject, check), scene);
}

function evidence<Kind extends Evidence['kind']>(result: CheckResult, kind: Kind): Extract<Evidence, { kind: Kind }>[] {
  return (result.evidence ?? []).filter((it): it is Extract<Evidence, { kind: Kind }> => it.kind === kind);
}

test('a race says what was committed when, with create_upload and with check-then-insert', async () => {
  const result = await resultOf(counters, '32 uploads at once fill the quota and never exceed it, at READ COMMITTED');
  const [race] = evidence(result, 'race');
  expect(race).toMatchObject({ isolation: 'READ COMMITTED', sessions: 32, limit: 100_000_000 });
  const [ours, unguarded] = race?.runs ?? [];
  expect(ours?.name).toBe('create_upload');
  expect(ours?.points.map(([, bytes]) => bytes)).toEqual(Array.from({ length: 15 }, (_, n) => n * 7_000_003));
  expect(unguarded?.name).toBe('check, then insert');
  expect(unguarded?.points.at(-1)?.[1]).toBeGreaterThan(100_000_000);
  const times = ours?.points.map(([milliseconds]) => milliseconds) ?? [];
  expect(times).toEqual(times.toSorted((a, b) => a - b));
});

test('access says of each operation what every role got, and where it is other than it should be', async () => {
  const rows = evidence(await resultOf(access, 'table uploads'), 'access');
  expect(rows).toContainEqual({
    kind: 'access',
    object: 'table public.uploads',
    operation: 'update title',
    outcomes: {
      ...{ anon: 'refused', owner: 'own', stranger: 'none', service_role: 'all', others: 'refused', postgres: 'all' },
    },
  });
  expect(rows.map(({ operation }) => operation)).toContain('update of other columns');
  const opened = await resultOf(access, 'table uploads', 'GRANT DELETE ON public.uploads TO anon');
  expect(opened.status).toBe('failed');
  expect(evidence(opened, 'access').find(({ operation }) => operation === 'delete')?.outcomes).toMatchObject({
    anon: 'not refused: 0 rows',
    service_role: 'all',
  });
  const objects = await resultOf(access, 'function create_upload(uuid,text,text,bigint,text,bigint,uuid)');
  expect(evidence(objects, 'access')).toMatchObject([
    { operation: 'execute', outcomes: { anon: 'refused', service_role: 'all' } },
  ]);
});

test('each migration says what it held, and for how long', { timeout: 600_000 }, async () => {
  // Who looks now and then may on a busy machine miss an index that is built meanwhile: not each time.
  let held: string[] = [];
  for (let run = 1; run <= 5 && !held.includes(BUILT); run += 1) held = await heldWhileBuilding();
  expect(held).toContain(BUILT);
});

const BUILT = 'ShareUpdateExclusiveLock on public.library_tracks';

/** What the migration held that builds an index; every migration said so of itself. */
async function heldWhileBuilding(): Promise<string[]> {
  const result = await resultOf(migrations, 'no migration holds a write up for more than 2,000 ms, at 10,000 rows');
  const files = evidence(result, 'locks');
  expect(files).toHaveLength(11);
  for (const { startedAt, endedAt, locks, longestWaitMs, budgetMs } of files) {
    expect(endedAt).toBeGreaterThan(startedAt);
    expect(longestWaitMs).toBeLessThanOrEqual(budgetMs);
    for (const { from, to } of locks)
      expect([from >= startedAt, to >= from, to <= endedAt]).toEqual([true, true, true]);
  }
  const index = files.find(({ migration }) => migration.endsWith('index_library_tracks_file_key'));
  return index?.locks.map(({ table, mode }) => `${mode} on ${table}`) ?? [];
}
