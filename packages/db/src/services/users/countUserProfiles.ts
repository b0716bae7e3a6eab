import { sql } from 'drizzle-orm';
import type { Executor, RunOptions } from '../../client.ts';
import { userProfiles } from '../../schema/index.ts';
import { type CountUserProfilesInput, countUserProfilesInput } from '../../types/inputs.ts';
import type { Count } from '../../types/music.ts';
import { countRows, countStatement } from '../count.ts';
import { parseInput } from '../input.ts';

const count = countStatement<{ tier: string }>(userProfiles, () => sql`true`);
const countOfTier = countStatement<{ tier: string }>(
  userProfiles,
  (values) => sql`${userProfiles.tier} = ${values.tier}`,
);

/** See {@link DatabaseService.countUserProfiles}. */
export async function countUserProfiles(
  database: Executor,
  input: CountUserProfilesInput = {},
  options?: RunOptions,
): Promise<Count> {
  const { tier, atMost } = parseInput(countUserProfilesInput, input);
  const counting = typeof tier === 'string' ? countOfTier : count;
  return countRows(database, counting, { tier: tier ?? '' }, atMost, options);
}
