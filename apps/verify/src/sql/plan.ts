import type postgres from 'postgres';

export interface QueryPlan {
  /** The planner's estimate, in its own units. */
  readonly cost: number;
  /** Names of the indexes that the plan reads. */
  readonly indexes: readonly string[];
}

interface PlanNode {
  readonly 'Total Cost': number;
  readonly 'Index Name'?: string;
  readonly Plans?: readonly PlanNode[];
}

export async function explain(sql: postgres.Sql | postgres.TransactionSql, query: string): Promise<QueryPlan> {
  const [row] = await sql.unsafe<{ 'QUERY PLAN': [{ Plan: PlanNode }] }[]>(`EXPLAIN (FORMAT JSON) ${query}`);
  if (row === undefined) throw new Error('EXPLAIN gave no plan');
  const root = row['QUERY PLAN'][0].Plan;
  return { cost: root['Total Cost'], indexes: indexesIn(root) };
}

function indexesIn(node: PlanNode): string[] {
  const own = node['Index Name'];
  return [...(own === undefined ? [] : [own]), ...(node.Plans ?? []).flatMap(indexesIn)];
}
