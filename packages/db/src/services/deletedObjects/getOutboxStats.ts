import { sql } from 'drizzle-orm';
import { type Executor, expression, type RunOptions, statement } from '../../client.ts';
import { Unexpected } from '../../errors.ts';
import { deletedObjects } from '../../schema/index.ts';
import type { OutboxStats } from '../../types/music.ts';

const { leaseId, dueAt, failedAt, purgedAt, deletedAt } = deletedObjects;
const count = (where: ReturnType<typeof sql>) => expression(sql`count(*) FILTER (WHERE ${where})`, Number);
const isLeased = sql`${failedAt} IS NULL AND ${leaseId} IS NOT NULL AND ${dueAt} > now()`;

const read = statement<Record<never, never>>()(
  {
    waiting: count(sql`${failedAt} IS NULL AND NOT (${isLeased})`),
    leased: count(isLeased),
    failed: count(sql`${failedAt} IS NOT NULL`),
    oldestDeletedAt: expression(sql`min(${deletedAt}) FILTER (WHERE ${failedAt} IS NULL)`, (time: string | null) =>
      time === null ? null : new Date(time),
    ),
  },
  (_, fields) => sql`SELECT ${fields} FROM ${deletedObjects} WHERE ${purgedAt} IS NULL`,
);

/** See {@link DatabaseService.getOutboxStats}. */
export async function getOutboxStats(database: Executor, options?: RunOptions): Promise<OutboxStats> {
  const [row] = await database.run(read, {}, options);
  if (row === undefined) throw new Unexpected('An aggregate returned no row.');
  return row;
}
