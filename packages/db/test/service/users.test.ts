import { randomUUID } from 'node:crypto';
import { beforeAll, describe, expect, test } from 'vitest';
import { addUsers } from '../support/people.ts';
import { failure } from './support/failure.ts';
import { connections, useService } from './support/service.ts';

describe.each(connections)('users on $bootstrap as $as', (connection) => {
  const made = useService(connection);
  let ids: string[];
  beforeAll(async () => {
    ids = (await addUsers(made.db.superuser, 7)).sort();
  });

  test('setUserTier creates and updates the profile, which decides what the user may play', async () => {
    const { service } = made;
    const [userId = ''] = ids;
    const track = await service.createLibraryTrack({ title: 'Pro', fileKey: randomUUID(), isProOnly: true });
    expect(await service.getUserProfile({ userId })).toBeNull();

    const profile = await service.setUserTier({ userId, tier: 'pro' });
    expect(profile).toEqual({ userId, tier: 'pro', createdAt: expect.any(Date) });
    expect(await service.getUserProfile({ userId })).toEqual(profile);
    expect(await service.checkLibraryAccess({ userId, trackId: track.id })).toBe(true);

    expect(await service.setUserTier({ userId, tier: 'free' })).toEqual({ ...profile, tier: 'free' });
    expect(await service.checkLibraryAccess({ userId, trackId: track.id })).toBe(false);
  });

  test('an unknown user and an unknown tier are refused', async () => {
    const { service } = made;
    await failure('UNKNOWN_USER', service.setUserTier({ userId: randomUUID(), tier: 'pro' }));
    const refused = failure('INVALID_INPUT', service.setUserTier({ userId: randomUUID(), tier: 'gold' as 'pro' }));
    expect(await refused).toMatchObject({ field: 'tier', rule: 'enum' });
  });

  test('profiles are listed and counted by tier, ordered by user id', async () => {
    const { service } = made;
    const tiers = ['free', 'pro', 'free', 'enterprise', 'pro', 'pro', 'free'] as const;
    for (const [i, tier] of tiers.entries()) await service.setUserTier({ userId: ids[i] ?? '', tier });

    for (const tier of ['free', 'pro', 'enterprise', null] as const) {
      const expected = ids.filter((_, i) => tier === null || tiers[i] === tier);
      const walked: string[] = [];
      let cursor: string | null = null;
      do {
        const page = await service.listUserProfiles({ tier, limit: 2, cursor });
        expect(page.items.length).toBeLessThanOrEqual(2);
        walked.push(...page.items.map(({ userId }) => userId));
        cursor = page.nextCursor;
      } while (cursor !== null);
      expect(walked).toEqual(expected);
      expect(await service.countUserProfiles({ tier })).toEqual({ count: expected.length, isExact: true });
    }
    expect(await service.countUserProfiles({ tier: 'pro', atMost: 2 })).toEqual({ count: 2, isExact: false });
    await failure('INVALID_INPUT', service.listUserProfiles({ cursor: 'x' }));
  });
});
