import { type Catalog, type IndexObject, objectKey, objectsOfKind } from '@app/catalog';
import type { Check, Observation, Subject, TestDatabase } from '../check.ts';
import type { PlanEvidence } from '../evidence.ts';
import { rolledBack } from '../sql/attempt.ts';
import { explain, medianTime } from '../sql/plan.ts';
import { identifier, insert } from '../sql/statements.ts';
import type { TableCases } from './tableCases.ts';
import { fileOf } from './tables.ts';

const DEFAULT_ROWS = 5_000;
const ROWS_A_STATEMENT = 500;

/** At volume, the planner answers the query that an index is for with that index, and pays more without it. */
export function indexesSubject(all: readonly TableCases[], expected: Catalog): Subject {
  const indexes = objectsOfKind(expected, 'index');
  const checks = all.flatMap((cases) =>
    Object.entries(cases.indexes ?? {}).flatMap(([name, query]) => {
      const index = indexes.find((candidate) => candidate.name === name && candidate.table === cases.table);
      // A query of no index is a finding of the coverage.
      return index === undefined ? [] : [indexCheck(cases, index, query)];
    }),
  );
  const tables = all.filter(({ indexes: queries = {} }) => Object.keys(queries).length > 0);
  const prepare = async (database: TestDatabase) => {
    for (const cases of tables) await (cases.fill?.(database) ?? fillByRows(database, cases));
    // VACUUM as well: an index alone answers for pages only that are known to be visible to all.
    await database.superuser.unsafe(`VACUUM (ANALYZE) ${tables.map(({ table }) => table).join(', ')}`);
  };
  return { name: 'indexes', startsFrom: 'migrated', database: 'shared', severity: 'low', prepare, checks };
}

async function fillByRows({ superuser }: TestDatabase, { table, row, parents }: TableCases): Promise<void> {
  for (let from = 1; from <= DEFAULT_ROWS; from += ROWS_A_STATEMENT) {
    const numbers = Array.from({ length: ROWS_A_STATEMENT }, (_, index) => from + index);
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
      const used = await explain(sql, query);
      const uses: Observation = { what: query, expected: name, actual: used.indexes.join(', ') || 'no index' };
      if (uses.actual !== name) return [uses];
      const withIndex = { cost: used.cost, milliseconds: await medianTime(sql, query) };
      const withoutIndex = await rolledBack(sql, async (transaction) => {
        await transaction.unsafe(removal(index));
        return { cost: (await explain(transaction, query)).cost, milliseconds: await medianTime(transaction, query) };
      });
      const [counted] = await sql.unsafe<{ rows: number }[]>(`SELECT count(*)::int AS rows FROM ${index.table}`);
      const about = { kind: 'plan', name, table: index.table, query, rows: counted?.rows ?? 0 } as const;
      const evidence: PlanEvidence = { ...about, withIndex, withoutIndex };
      // An index whose query has an order is there to keep it.
      const isOrdered = /\sORDER BY\s/i.test(query);
      const sorting = { what: 'sorting', expected: 'none', actual: used.sorts ? 'some' : 'none' };
      return [uses, ...(isOrdered ? [sorting] : []), costsMore(evidence)];
    },
  };
}

function costsMore(evidence: PlanEvidence): Observation {
  const [withIndex, without] = [evidence.withIndex.cost, evidence.withoutIndex.cost];
  const actual = without > withIndex ? 'more' : `no more: ${without} against ${withIndex}`;
  return { what: 'cost of the same query without it', expected: 'more', actual, evidence };
}

function removal({ table, constraint, identity }: IndexObject): string {
  if (constraint === undefined) return `DROP INDEX ${identity}`;
  return `ALTER TABLE ${table} DROP CONSTRAINT ${identifier(constraint)} CASCADE`;
}
