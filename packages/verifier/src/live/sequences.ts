import { setSequenceToColumn } from '@app/catalog';
import type postgres from 'postgres';
import type { CheckResult } from '../check.ts';
import type { LiveCheck } from '../config.ts';
import { resultsOf } from '../results.ts';
import { liveCheck } from './reading.ts';

const ABOUT = { subject: 'health', name: 'every sequence is past the values of its column' };

/** The sequence of an identity or serial column. Names are SQL text. */
interface OwnedSequence {
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

export function sequencePositions(schemas: readonly string[]): LiveCheck {
  return liveCheck(ABOUT, async (savepoint) => ({ value: await readSequences(savepoint, schemas) }), resultFor);
}

async function readSequences(
  transaction: postgres.TransactionSql,
  schemas: readonly string[],
): Promise<OwnedSequence[]> {
  const sequences: OwnedSequence[] = [];
  const rows = await transaction.unsafe<(Omit<OwnedSequence, 'next' | 'reached'> & { increment: string })[]>(
    SEQUENCES,
    [JSON.stringify(schemas)],
  );
  for (const { increment, ...row } of rows) {
    const [state] = await transaction.unsafe<Pick<OwnedSequence, 'next' | 'reached'>[]>(
      `SELECT (last_value + CASE WHEN is_called THEN ${increment}::numeric ELSE 0 END)::text AS next,
         (SELECT ${row.descends ? 'min' : 'max'}(${row.column})::text FROM ${row.table}) AS reached FROM ${row.sequence}`,
    );
    if (state !== undefined) sequences.push({ ...row, ...state });
  }
  return sequences;
}

function resultFor(sequences: readonly OwnedSequence[]): CheckResult {
  const behind = sequences.filter(
    ({ next, reached, descends }) =>
      reached !== null && (descends ? BigInt(next) >= BigInt(reached) : BigInt(next) <= BigInt(reached)),
  );
  const differences = behind.map(({ sequence, table, column, next, reached }) => {
    const expected = `past ${reached}, which ${table}.${column} holds`;
    return { what: sequence, expected, actual: `gives ${next} next` };
  });
  const fixSql = behind
    .map(({ sequence, table, column, descends }) => `${setSequenceToColumn(sequence, table, column, descends)};`)
    .join('\n');
  const fix =
    'Set each sequence to the largest value of its column: until then an INSERT violates the key of an existing row.';
  // A database without such sequences passes.
  return resultsOf(ABOUT.subject).resultOf(ABOUT.name, fix, Math.max(sequences.length, 1), differences, { fixSql });
}
