import { createDatabase, createDatabaseService } from '@app/db';
import { connect } from '../../context/connect.ts';
import { offsetOf, type PageAsked } from './reader.ts';

const START = { createdAt: 'infinity', id: 'ffffffff-ffff-ffff-ffff-ffffffffffff' };

/** The pages to read, and their number of rows. */
export interface Pages {
  readonly pages: readonly number[];
  readonly pageSize: number;
}

/** The pages of a user's uploads, with the position at which each begins. */
export async function pagesOf(url: string, user: string, { pages, pageSize }: Pages): Promise<PageAsked[]> {
  await using pool = connect(url, { max: 1 });
  const cursors = await cursorsOf(url, user, { pages, pageSize });
  const asked = pages.map(async (number): Promise<PageAsked> => {
    const page = { user, number, rows: pageSize + 1, after: START, cursor: cursors.get(number) ?? null };
    if (number === 1) return page;
    const [after = START] = await pool.sql<{ createdAt: string; id: string }[]>`
      SELECT created_at::text AS "createdAt", id FROM uploads WHERE user_id = ${user}
       ORDER BY created_at DESC, id DESC LIMIT 1 OFFSET ${offsetOf(page) - 1}`;
    return { ...page, after };
  });
  return await Promise.all(asked);
}

/** A cursor of the service comes only from the page before, so that all pages before are read. */
async function cursorsOf(url: string, userId: string, { pages, pageSize }: Pages): Promise<Map<number, string>> {
  const database = createDatabase({ url, maxConnections: 1 });
  const { listUploads } = createDatabaseService(database);
  const cursors = new Map<number, string>();
  let cursor: string | null = null;
  for (let page = 2; page <= Math.max(...pages); page++) {
    const { nextCursor } = await listUploads({ userId, limit: pageSize, cursor });
    if (nextCursor === null) throw new Error(`There is no page ${page} to list.`);
    cursors.set(page, nextCursor);
    cursor = nextCursor;
  }
  await database.close();
  return cursors;
}
