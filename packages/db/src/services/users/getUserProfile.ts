import { getTableColumns, sql } from 'drizzle-orm';
import { type Executor, type RunOptions, statement } from '../../client.ts';
import { userProfiles } from '../../schema/index.ts';
import { type GetUserProfileInput, getUserProfileInput } from '../../types/inputs.ts';
import type { UserProfile } from '../../types/music.ts';
import { parseInput } from '../input.ts';

const read = statement<{ userId: string }>()(
  getTableColumns(userProfiles),
  (values, fields) => sql`SELECT ${fields} FROM ${userProfiles} WHERE ${userProfiles.userId} = ${values.userId}`,
);

/** See {@link DatabaseService.getUserProfile}. */
export async function getUserProfile(
  database: Executor,
  input: GetUserProfileInput,
  options?: RunOptions,
): Promise<UserProfile | null> {
  const [profile] = await database.run(read, parseInput(getUserProfileInput, input), options);
  return profile ?? null;
}
