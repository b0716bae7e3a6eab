import { type SQL, type SQLWrapper, sql } from 'drizzle-orm';
import { type Executor, type RunOptions, type Statement, statement } from '../client.ts';
import type { Count } from '../types/music.ts';

type Values = Readonly<Record<string, string | number | null>>;

/** The statement that counts rows up to a bound and one more, which says whether there are more. */
export function countStatement<Given extends Values>(
  table: SQLWrapper,
  where: (values: Readonly<Record<keyof Given, SQLWrapper>>) => SQL,
): Statement<Given & { readonly rows: number }, { count: number }> {
  return statement<Given & { readonly rows: number }>()(
    { count: sql<number>`count(*)::int` },
    (values, fields) =>
      sql`SELECT ${fields} FROM (SELECT FROM ${table} WHERE ${where(values)} LIMIT ${values.rows}) AS counted`,
  );
}

/** Counts rows. @param atMost the greatest count */
export async function countRows<Given extends Values>(
  database: Executor,
  counting: Statement<Given & { readonly rows: number }, { count: number }>,
  values: Given,
  atMost: number,
  options?: RunOptions & { readonly allowReplica?: boolean },
): Promise<Count> {
  const [row] = await database.run(counting, { ...values, rows: atMost + 1 }, options);
  const count = row?.count ?? 0;
  return { count: Math.min(count, atMost), isExact: count <= atMost };
}
