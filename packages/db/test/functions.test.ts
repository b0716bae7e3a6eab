import { randomUUID } from 'node:crypto';
import { beforeAll, describe, expect, test } from 'vitest';
import { bootstraps, useDatabase } from './support/database.ts';
import { addUsers } from './support/people.ts';
import { refusal } from './support/rejection.ts';

const MAX_BIGINT = '9223372036854775807';

describe.each(bootstraps)('check_user_upload_quota on %s', (bootstrap) => {
  const db = useDatabase(bootstrap);
  let user: string;
  beforeAll(async () => {
    [user] = await addUsers(db.superuser);
    await db.sql`SELECT create_upload(${user}, ${user}, 'audio/mpeg', 60000000)`;
  });

  const check = async (size: string | null, ...limit: (string | null)[]) => {
    const [row] =
      limit.length === 0
        ? await db.sql`SELECT check_user_upload_quota(user_id => ${user}, file_size => ${size}) AS fits`
        : await db.sql`SELECT check_user_upload_quota(${user}, ${size}, quota_limit => ${limit[0] ?? null}) AS fits`;
    return row?.fits;
  };

  test.each([
    ['1', undefined, true],
    ['40000000', undefined, true],
    ['40000001', undefined, false],
    [MAX_BIGINT, undefined, false],
    ['1', MAX_BIGINT, true],
    [MAX_BIGINT, MAX_BIGINT, false],
    ['1', '0', false],
    ['1', '60000000', false],
    ['1', '60000001', true],
  ])('%s bytes more under a limit of %s: %s', async (size, limit, fits) => {
    expect(await check(size, ...(limit === undefined ? [] : [limit]))).toBe(fits);
  });

  test.each([
    ['file_size', null, undefined],
    ['file_size', '0', undefined],
    ['file_size', '-1', undefined],
    ['quota_limit', '1', null],
    ['quota_limit', '1', '-1'],
  ])('a bad %s (%s, limit %s) is an error that names it', async (argument, size, limit) => {
    const refused = await refusal(check(size, ...(limit === undefined ? [] : [limit])));
    expect(refused.code).toBe('22023');
    expect(refused.message).toMatch(new RegExp(`^${argument} must`));
  });

  test('no user is an error, an unknown one has used nothing', async () => {
    const refused = await refusal(db.sql`SELECT check_user_upload_quota(NULL, 1)`);
    expect(refused).toMatchObject({ code: '22023', message: 'user_id must not be null' });
    expect(await db.sql`SELECT check_user_upload_quota(${randomUUID()}, 100000000) AS fits`).toEqual([{ fits: true }]);
  });
});

describe.each(bootstraps)('check_library_access on %s', (bootstrap) => {
  const db = useDatabase(bootstrap);
  const people: Record<string, string> = {};
  const tracks: Record<string, string> = { missing: randomUUID() };
  beforeAll(async () => {
    const tiers = ['free', 'pro', 'enterprise'];
    const ids = await addUsers(db.superuser, 4);
    for (const [index, tier] of tiers.entries()) {
      people[tier] = ids[index] ?? '';
      await db.sql`INSERT INTO user_profiles ${db.sql({ user_id: people[tier], tier })}`;
    }
    people['no profile'] = ids[3] ?? '';
    for (const [kind, is_pro_only] of [
      ['free', false],
      ['pro-only', true],
    ] as const) {
      const [row] =
        await db.sql`INSERT INTO library_tracks ${db.sql({ title: kind, file_key: kind, is_pro_only })} RETURNING id`;
      tracks[kind] = row?.id;
    }
  });

  test.each([
    ['no profile', 'free', true],
    ['no profile', 'pro-only', false],
    ['free', 'free', true],
    ['free', 'pro-only', false],
    ['pro', 'free', true],
    ['pro', 'pro-only', true],
    ['enterprise', 'pro-only', true],
    ['pro', 'missing', false],
    ['free', 'missing', false],
  ])('a user with %s on a %s track: %s', async (who, which, may) => {
    const [row] =
      await db.sql`SELECT check_library_access(user_id => ${people[who] ?? ''}, track_id => ${tracks[which] ?? ''}) AS may`;
    expect(row?.may).toBe(may);
  });

  test.each([
    ['user_id', null, randomUUID()],
    ['track_id', randomUUID(), null],
  ])('no %s is an error that names it', async (argument, user, track) => {
    const refused = await refusal(db.sql`SELECT check_library_access(${user}::uuid, ${track}::uuid)`);
    expect(refused).toMatchObject({ code: '22023', message: `${argument} must not be null` });
  });
});
