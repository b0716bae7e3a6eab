import { type Catalog, type IndexObject, objectKey, objectsOfKind } from '@app/catalog';
import type postgres from 'postgres';
import type { Check, Observation, Subject, TestDatabase } from '../check.ts';
import type { PlanEvidence } from '../evidence.ts';
import { identifier, insert, withRollback } from '../sql/statements.ts';
import { fileOf, type TableCases } from './tableCases.ts';

const DEFAULT_ROWS = 5_000;
const ROWS_PER_STATEMENT = 500;

/** In a large table, the planner uses each index for the query that the index serves, and estimates a higher cost without it. */
export function indexesSubject(all: readonly TableCases[], expected: Catalog): Subject {
  const indexes = objectsOfKind(expected, 'index');
  const checks = all.flatMap((cases) =>
    Object.entries(cases.indexes ?? {}).flatMap(([name, query]) => {
      const index = indexes.find((candidate) => candidate.name === name && candidate.table === cases.table);
      // The coverage reports a query whose index the source does not have.
      return index === undefined ? [] : [indexCheck(cases, index, query)];
    }),
  );
  const tables = all.filter(({ indexes: queries = {} }) => Object.keys(queries).length > 0);
  const prepare = async (database: TestDatabase) => {
    for (const cases of tables) await (cases.fill?.(database) ?? fillByRows(database, cases));
    // VACUUM sets the visibility map, without which an index-only scan reads the table too.
    await database.superuser.unsafe(`VACUUM (ANALYZE) ${tables.map(({ table }) => table).join(', ')}`);
  };
  return { name: 'indexes', startsFrom: 'migrated', database: 'shared', severity: 'low', prepare, checks };
}

async function fillByRows({ superuser }: TestDatabase, { table, row, parents }: TableCases): Promise<void> {
  for (let from = 1; from <= DEFAULT_ROWS; from += ROWS_PER_STATEMENT) {
    const numbers = Array.from({ length: ROWS_PER_STATEMENT }, (_, index) => from + index);
    const statements = numbers.flatMap((n) => [...(parents?.(n) ?? []), insert(table, row(n))]);
    await superuser.unsafe(statements.join(';\n'));
  }
}

function indexCheck(cases: TableCases, index: IndexObject, query: string): Check {
  const { name, definition } = index;
  return {
    name,
    fix: `write a migration that restores it (CREATE INDEX CONCURRENTLY): ${definition}; or correct its query in ${fileOf(cases)}`,
    proves: [objectKey(index)],
    prove: async ({ sql }) => {
      const plan = await explain(sql, query);
      const usedIndex: Observation = { what: query, expected: name, actual: plan.indexes.join(', ') || 'no index' };
      if (usedIndex.actual !== name) return [usedIndex];
      const withIndex = { cost: plan.cost, milliseconds: await medianTime(sql, query) };
      const withoutIndex = await withRollback(sql, async (transaction) => {
        await transaction.unsafe(dropStatement(index));
        return { cost: (await explain(transaction, query)).cost, milliseconds: await medianTime(transaction, query) };
      });
      const [counted] = await sql.unsafe<{ rows: number }[]>(`SELECT count(*)::int AS rows FROM ${index.table}`);
      const about = { kind: 'plan', name, table: index.table, query, rows: counted?.rows ?? 0 } as const;
      const evidence: PlanEvidence = { ...about, withIndex, withoutIndex };
      // The index of a query with ORDER BY must give that order without a sort.
      const isOrdered = /\sORDER BY\s/i.test(query);
      const sorting = { what: 'sorting', expected: 'none', actual: plan.sorts ? 'some' : 'none' };
      return [usedIndex, ...(isOrdered ? [sorting] : []), costComparison(evidence)];
    },
  };
}

function costComparison(evidence: PlanEvidence): Observation {
  const [withIndex, without] = [evidence.withIndex.cost, evidence.withoutIndex.cost];
  const actual = without > withIndex ? 'more' : `no more: ${without} against ${withIndex}`;
  return { what: 'cost of the query without the index', expected: 'more', actual, evidence };
}

function dropStatement({ table, constraint, identity }: IndexObject): string {
  if (constraint === undefined) return `DROP INDEX ${identity}`;
  return `ALTER TABLE ${table} DROP CONSTRAINT ${identifier(constraint)} CASCADE`;
}

interface QueryPlan {
  /** The planner's estimate, in its cost units. */
  readonly cost: number;
  /** Names of the indexes that the plan reads. */
  readonly indexes: readonly string[];
  /** It has a node that sorts, also an incremental one. */
  readonly sorts: boolean;
}

interface PlanNode {
  readonly 'Node Type': string;
  readonly 'Total Cost': number;
  readonly 'Index Name'?: string;
  readonly Plans?: readonly PlanNode[];
}

async function explain(sql: postgres.Sql | postgres.TransactionSql, query: string): Promise<QueryPlan> {
  const [row] = await sql.unsafe<{ 'QUERY PLAN': [{ Plan: PlanNode }] }[]>(`EXPLAIN (FORMAT JSON) ${query}`);
  if (row === undefined) throw new Error('EXPLAIN returned no plan');
  const root = row['QUERY PLAN'][0].Plan;
  return { cost: root['Total Cost'], indexes: [...new Set(indexesIn(root))], sorts: hasSort(root) };
}

function hasSort(node: PlanNode): boolean {
  return /Sort$/.test(node['Node Type']) || (node.Plans ?? []).some(hasSort);
}

function indexesIn(node: PlanNode): string[] {
  const name = node['Index Name'];
  return [...(name === undefined ? [] : [name]), ...(node.Plans ?? []).flatMap(indexesIn)];
}

const RUNS = 5;

/** The server's execution time in milliseconds: the median of five runs. */
async function medianTime(sql: postgres.Sql | postgres.TransactionSql, query: string): Promise<number> {
  const times: number[] = [];
  for (let run = 0; run < RUNS; run += 1) {
    const [row] = await sql.unsafe<{ 'QUERY PLAN': [{ 'Execution Time': number }] }[]>(
      `EXPLAIN (ANALYZE, TIMING OFF, FORMAT JSON) ${query}`,
    );
    times.push(row?.['QUERY PLAN'][0]['Execution Time'] ?? 0);
  }
  return times.toSorted((a, b) => a - b)[Math.floor(RUNS / 2)] ?? 0;
}
