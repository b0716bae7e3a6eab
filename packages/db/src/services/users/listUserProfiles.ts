import { getTableColumns, type SQL, sql } from 'drizzle-orm';
import { type Executor, type RunOptions, statement } from '../../client.ts';
import { userProfiles } from '../../schema/index.ts';
import { type ListUserProfilesInput, listUserProfilesInput } from '../../types/inputs.ts';
import type { Page, UserProfile } from '../../types/music.ts';
import { BEFORE_FIRST, decodeCursor } from '../cursor.ts';
import { parseInput } from '../input.ts';
import { toPage } from '../page.ts';

const listWhere = (condition: (tier: SQL) => SQL) =>
  statement<{ tier: string; id: string; rows: number }>()(
    getTableColumns(userProfiles),
    (values, fields) => sql`
      SELECT ${fields}
        FROM ${userProfiles}
       WHERE ${condition(sql`${values.tier}`)} AND ${userProfiles.userId} > ${values.id}::uuid
       ORDER BY ${userProfiles.userId}
       LIMIT ${values.rows}`,
  );
const list = listWhere(() => sql`true`);
const listOfTier = listWhere((tier) => sql`${userProfiles.tier} = ${tier}`);

/** See {@link DatabaseService.listUserProfiles}. */
export async function listUserProfiles(
  database: Executor,
  input: ListUserProfilesInput = {},
  options?: RunOptions,
): Promise<Page<UserProfile>> {
  const { tier, limit, cursor } = parseInput(listUserProfilesInput, input);
  const { id } = decodeCursor(cursor, BEFORE_FIRST, /^$/);
  const values = { tier: tier ?? '', id, rows: limit + 1 };
  const rows = await database.run(typeof tier === 'string' ? listOfTier : list, values, options);
  return toPage(rows, limit, ({ userId }) => ({ id: userId, key: '' }));
}
