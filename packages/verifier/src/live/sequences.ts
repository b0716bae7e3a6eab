import { setSequenceToColumn } from '@app/catalog';
import type postgres from 'postgres';
import type { CheckResult } from '../check.ts';
import { resultsOf } from '../results.ts';
import { isRead, type Read, tryRead } from './reading.ts';

const NAME = 'every sequence is past the values of its column';
const { resultOf, notRunResult } = resultsOf('health');

/** The sequence of an identity or serial column. Names are SQL text. */
export interface OwnedSequence {
  readonly sequence: string;
  readonly table: string;
  readonly column: string;
  /** The next value of the sequence. */
  readonly next: string;
  /** The largest value of the column; the smallest for a descending sequence. */
  readonly reached: string | null;
  readonly descends: boolean;
}

// Sequences that the column's default or identity owns. A cycling sequence repeats values on purpose.
const SEQUENCES = `
  SELECT format('%I.%I', sn.nspname, s.relname) AS sequence, format('%I.%I', n.nspname, t.relname) AS table,
    quote_ident(a.attname) AS column, q.seqincrement::text AS increment, q.seqincrement < 0 AS descends
  FROM pg_depend d JOIN pg_class s ON s.oid = d.objid JOIN pg_namespace sn ON sn.oid = s.relnamespace
    JOIN pg_sequence q ON q.seqrelid = s.oid JOIN pg_class t ON t.oid = d.refobjid JOIN pg_namespace n ON n.oid = t.relnamespace
    JOIN pg_attribute a ON a.attrelid = t.oid AND a.attnum = d.refobjsubid
  WHERE d.classid = 'pg_class'::regclass AND d.refclassid = 'pg_class'::regclass AND d.deptype IN ('a', 'i')
    AND t.relkind IN ('r', 'p') AND a.atttypid IN ('int2'::regtype, 'int4'::regtype, 'int8'::regtype) AND NOT q.seqcycle
    AND n.nspname IN (SELECT jsonb_array_elements_text($1::text::jsonb)) ORDER BY 1`;

export async function readSequences(
  transaction: postgres.TransactionSql,
  schemas: readonly string[],
): Promise<Read<OwnedSequence[]>> {
  return await tryRead<OwnedSequence[]>(transaction, async (savepoint) => {
    const value: OwnedSequence[] = [];
    const rows = await savepoint.unsafe<(Omit<OwnedSequence, 'next' | 'reached'> & { increment: string })[]>(
      SEQUENCES,
      [JSON.stringify(schemas)],
    );
    for (const { increment, ...row } of rows) {
      const furthest = row.descends ? 'min' : 'max';
      const [state] = await savepoint.unsafe<Pick<OwnedSequence, 'next' | 'reached'>[]>(
        `SELECT (last_value + CASE WHEN is_called THEN ${increment}::numeric ELSE 0 END)::text AS next,
           (SELECT ${furthest}(${row.column})::text FROM ${row.table}) AS reached FROM ${row.sequence}`,
      );
      if (state !== undefined) value.push({ ...row, ...state });
    }
    return { value };
  });
}

export function sequenceResults(sequences: Read<OwnedSequence[]>): CheckResult[] {
  if (!isRead(sequences)) return [notRunResult(NAME, sequences.reason)];
  if (sequences.value.length === 0) return [];
  const behind = sequences.value.filter(
    ({ next, reached, descends }) =>
      reached !== null && (descends ? BigInt(next) >= BigInt(reached) : BigInt(next) <= BigInt(reached)),
  );
  const differences = behind.map(({ sequence, table, column, next, reached }) => {
    return {
      what: sequence,
      expected: `past ${reached}, which ${table}.${column} holds`,
      actual: `gives ${next} next`,
    };
  });
  const fixSql = behind
    .map(({ sequence, table, column, descends }) => `${setSequenceToColumn(sequence, table, column, descends)};`)
    .join('\n');
  const fix =
    'Set each sequence to the largest value of its column: until then an INSERT violates the key of an existing row.';
  return [resultOf(NAME, fix, sequences.value.length, differences, { fixSql })];
}
