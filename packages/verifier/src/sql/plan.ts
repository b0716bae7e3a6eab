import type postgres from 'postgres';

export interface QueryPlan {
  /** The planner's estimate, in its own units. */
  readonly cost: number;
  /** Names of the indexes that the plan reads. */
  readonly indexes: readonly string[];
  /** It sorts what it has read, if only in part. */
  readonly sorts: boolean;
}

interface PlanNode {
  readonly 'Node Type': string;
  readonly 'Total Cost': number;
  readonly 'Index Name'?: string;
  readonly Plans?: readonly PlanNode[];
}

export async function explain(sql: postgres.Sql | postgres.TransactionSql, query: string): Promise<QueryPlan> {
  const [row] = await sql.unsafe<{ 'QUERY PLAN': [{ Plan: PlanNode }] }[]>(`EXPLAIN (FORMAT JSON) ${query}`);
  if (row === undefined) throw new Error('EXPLAIN gave no plan');
  const root = row['QUERY PLAN'][0].Plan;
  return { cost: root['Total Cost'], indexes: [...new Set(indexesIn(root))], sorts: hasSort(root) };
}

function hasSort(node: PlanNode): boolean {
  return /Sort$/.test(node['Node Type']) || (node.Plans ?? []).some(hasSort);
}

function indexesIn(node: PlanNode): string[] {
  const own = node['Index Name'];
  return [...(own === undefined ? [] : [own]), ...(node.Plans ?? []).flatMap(indexesIn)];
}

const RUNS = 5;

/** How long the server takes for the query, in milliseconds: the median of a few runs. */
export async function medianTime(sql: postgres.Sql | postgres.TransactionSql, query: string): Promise<number> {
  const times: number[] = [];
  for (let run = 0; run < RUNS; run += 1) {
    const [row] = await sql.unsafe<{ 'QUERY PLAN': [{ 'Execution Time': number }] }[]>(
      `EXPLAIN (ANALYZE, TIMING OFF, FORMAT JSON) ${query}`,
    );
    times.push(row?.['QUERY PLAN'][0]['Execution Time'] ?? 0);
  }
  return times.toSorted((a, b) => a - b)[Math.floor(RUNS / 2)] ?? 0;
}
