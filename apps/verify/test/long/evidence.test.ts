import { fileURLToPath } from 'node:url';
import { connectServer } from '@app/local-postgres';
import { type CheckResult, type Evidence, generateSchemaSql, loadConfig, verifyOn } from '@app/verifier';
import { beforeAll, expect, inject, test } from 'vitest';

let results: readonly CheckResult[] = [];

beforeAll(async () => {
  const config = await loadConfig(fileURLToPath(new URL('../../verify.config.ts', import.meta.url)));
  const server = connectServer(inject('verifyServer'));
  const exported = await generateSchemaSql(config.drizzle ?? '');
  const only = ['counters', 'access', 'indexes', 'migrations'];
  results = (await verifyOn(server, { config, only }, exported)).results;
});

function evidence<Kind extends Evidence['kind']>(kind: Kind): Extract<Evidence, { kind: Kind }>[] {
  const all = results.flatMap((result) => result.evidence ?? []);
  return all.filter((it): it is Extract<Evidence, { kind: Kind }> => it.kind === kind);
}

test('the evidence of a race has the committed bytes over time, with create_upload and with check-then-insert', () => {
  const race = evidence('race').find(({ isolation }) => isolation === 'READ COMMITTED');
  expect(race).toMatchObject({ sessions: 32, limit: 100_000_000 });
  const [ours, unguarded] = race?.runs ?? [];
  expect(ours?.name).toBe('create_upload');
  expect(ours?.points.map(([, bytes]) => bytes)).toEqual(Array.from({ length: 15 }, (_, n) => n * 7_000_003));
  expect(unguarded?.name).toBe('check, then insert');
  expect(unguarded?.points.at(-1)?.[1]).toBeGreaterThan(100_000_000);
});

test('the evidence of access has the outcome of each operation for every client', () => {
  const rows = evidence('access').filter(({ object }) => object === 'table public.uploads');
  expect(rows).toContainEqual({
    ...{ kind: 'access', object: 'table public.uploads', operation: 'update title' },
    outcomes: { anon: 'refused', owner: 'own', stranger: 'none', service_role: 'all', others: 'refused' },
  });
  expect(rows.map(({ operation }) => operation)).toContain('update of other columns');
  expect(evidence('access')).toContainEqual({
    ...{ kind: 'access', object: 'function public.create_upload(uuid,text,text,bigint,text,bigint,uuid)' },
    ...{ operation: 'execute' },
    outcomes: { anon: 'refused', owner: 'refused', stranger: 'refused', service_role: 'all', others: 'refused' },
  });
});

test('the evidence of an index has the cost of its query with and without the index', () => {
  const plans = evidence('plan');
  expect(plans.length).toBeGreaterThan(5);
  for (const { withIndex, withoutIndex } of plans) expect(withoutIndex.cost).toBeGreaterThan(withIndex.cost);
});

test('the evidence of a migration has its locks and their times', () => {
  const files = evidence('locks');
  expect(files.length).toBeGreaterThan(5);
  for (const { startedAt, endedAt, locks } of files) {
    expect(endedAt).toBeGreaterThan(startedAt);
    for (const { from, to } of locks)
      expect([from >= startedAt, to >= from, to <= endedAt]).toEqual([true, true, true]);
  }
});
