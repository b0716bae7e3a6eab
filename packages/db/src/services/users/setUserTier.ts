import { getTableColumns, sql } from 'drizzle-orm';
import { type Executor, type RunOptions, statement } from '../../client.ts';
import { Unexpected } from '../../errors.ts';
import { userProfiles } from '../../schema/index.ts';
import { type SetUserTierInput, setUserTierInput } from '../../types/inputs.ts';
import type { UserProfile } from '../../types/music.ts';
import { parseInput } from '../input.ts';

const set = statement<{ userId: string; tier: string }>()(getTableColumns(userProfiles), (values, fields) => {
  const userId = sql.identifier(userProfiles.userId.name);
  const tier = sql.identifier(userProfiles.tier.name);
  return sql`
    INSERT INTO ${userProfiles} (${userId}, ${tier}) VALUES (${values.userId}, ${values.tier})
        ON CONFLICT (${userId}) DO UPDATE SET ${tier} = excluded.${tier}
    RETURNING ${fields}`;
});

/** See {@link DatabaseService.setUserTier}. */
export async function setUserTier(
  database: Executor,
  input: SetUserTierInput,
  options?: RunOptions,
): Promise<UserProfile> {
  const [profile] = await database.run(set, parseInput(setUserTierInput, input), options);
  if (profile === undefined) throw new Unexpected('An INSERT returned no row.');
  return profile;
}
