import type postgres from 'postgres';
import { readTypes, type TypeFacts } from './types.ts';

/** What the catalog's objects leave out, and proofs are derived from. */
export interface Facts {
  readonly types: TypeFacts;
  /** By a CHECK's identity: its condition. */
  readonly conditions: ReadonlyMap<string, string>;
  /** By a sequence's identity. */
  readonly sequences: ReadonlyMap<string, SequenceFacts>;
}

export interface SequenceFacts {
  readonly identity: string;
  readonly start: string;
  readonly increment: string;
  readonly minimum: string;
  readonly maximum: string;
  readonly cycle: boolean;
  /** How many numbers a session takes at once. */
  readonly cache: string;
}

const CONDITIONS = `
  SELECT format('%I on %I.%I', k.conname, n.nspname, c.relname) AS identity, pg_get_expr(k.conbin, k.conrelid) AS condition
  FROM pg_constraint k JOIN pg_class c ON c.oid = k.conrelid JOIN pg_namespace n ON n.oid = c.relnamespace
  WHERE k.contype = 'c'`;

const SEQUENCES = `
  SELECT format('%I.%I', n.nspname, c.relname) AS identity, s.seqstart::text AS start, s.seqincrement::text AS increment,
    s.seqmin::text AS minimum, s.seqmax::text AS maximum, s.seqcycle AS cycle,
    s.seqcache::text AS cache
  FROM pg_sequence s JOIN pg_class c ON c.oid = s.seqrelid JOIN pg_namespace n ON n.oid = c.relnamespace`;

/** Expressions come with qualified names, so that they mean the same to whoever evaluates them. */
export async function readFacts(sql: postgres.Sql): Promise<Facts> {
  const read = async (transaction: postgres.TransactionSql): Promise<Facts> => {
    await transaction`SELECT set_config('search_path', 'pg_catalog, pg_temp', true)`;
    const conditions = await transaction.unsafe<{ identity: string; condition: string }[]>(CONDITIONS);
    const sequences = await transaction.unsafe<SequenceFacts[]>(SEQUENCES);
    return {
      types: await readTypes(transaction),
      conditions: new Map(conditions.map(({ identity, condition }) => [identity, condition])),
      sequences: new Map(sequences.map((sequence) => [sequence.identity, sequence])),
    };
  };
  return (await sql.begin('READ ONLY', async (transaction) => ({ facts: await read(transaction) }))).facts;
}
