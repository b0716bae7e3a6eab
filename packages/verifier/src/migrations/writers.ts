import { setTimeout as sleep } from 'node:timers/promises';
import postgres from 'postgres';
import type { TestDatabase } from '../check.ts';
import { openSession } from '../sql/session.ts';
import { WRITER_APPLICATION } from './lockWatch.ts';

/** One write of a client. Times are milliseconds of `performance.now()`. */
export interface Write {
  readonly table: string;
  /** The server process of the session. */
  readonly pid: number;
  readonly from: number;
  readonly to: number;
}

interface Written {
  readonly writes: readonly Write[];
  /** The server's messages for refused writes. */
  readonly refusals: readonly string[];
}

interface WrittenTable {
  readonly name: string;
  readonly table: string;
  readonly column: string;
}

// Writes to a column without an index, if the table has one: the most frequent write of an application.
const WRITTEN_TABLES = `
  SELECT c.relname AS name, format('%I.%I', n.nspname, c.relname) AS table, written.column
    FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
    CROSS JOIN LATERAL (
      SELECT quote_ident(a.attname) AS column FROM pg_attribute a
        WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped AND a.attgenerated = '' AND a.attidentity = ''
        ORDER BY EXISTS (SELECT FROM pg_index i WHERE i.indrelid = c.oid AND a.attnum = ANY (i.indkey)), a.attnum LIMIT 1
    ) AS written
    WHERE c.relkind = 'r' AND c.relpersistence <> 't' AND n.nspname !~ '^pg_' AND n.nspname NOT IN ('information_schema', $1)
    ORDER BY 2`;

const MAX_WRITERS = 16;
const PAUSE_MS = 10;

/** Sessions that write. Disposing of them closes the sessions. */
export interface Writers extends AsyncDisposable {
  /** Runs `work` while one session writes to each table that the SQL text names. The writes begin before `work` and end after it. */
  whileWriting(text: string, work: () => Promise<void>): Promise<Written>;
}

export function openWriters({ superuser, superuserUrl, ledger }: TestDatabase): Writers {
  const sessions = new Map<string, Session>();
  const sessionFor = async ({ table }: WrittenTable) => {
    const session = sessions.get(table) ?? (await startSession(superuserUrl));
    sessions.set(table, session);
    return session;
  };
  return {
    whileWriting: async (text, work) => {
      const all = await superuser.unsafe<WrittenTable[]>(WRITTEN_TABLES, [ledger.schema]);
      const tables = all.filter(({ name }) => text.includes(name)).slice(0, MAX_WRITERS);
      const writers = await Promise.all(tables.map(async (table) => startWriter(await sessionFor(table), table)));
      try {
        await work();
      } finally {
        for (const writer of writers) writer.stop();
      }
      const written = await Promise.all(writers.map(({ ended }) => ended));
      return {
        writes: written.flatMap(({ writes }) => writes),
        refusals: written.flatMap(({ refusals }) => refusals),
      };
    },
    [Symbol.asyncDispose]: async () => {
      await Promise.all([...sessions.values()].map(({ sql }) => sql.end({ timeout: 5 })));
    },
  };
}

interface Session {
  readonly sql: postgres.Sql;
  readonly pid: number;
}

async function startSession(url: string): Promise<Session> {
  const sql = openSession(url, WRITER_APPLICATION, { statementTimeoutMs: 120_000 });
  const [session] = await sql<{ pid: number }[]>`SELECT pg_backend_pid() AS pid`;
  return { sql, pid: session?.pid ?? 0 };
}

interface Writer {
  stop(): void;
  readonly ended: Promise<Written>;
}

async function startWriter({ sql, pid }: Session, { table, column }: WrittenTable): Promise<Writer> {
  const writes: Write[] = [];
  const refusals: string[] = [];
  const write = async () => {
    const from = performance.now();
    try {
      // The row keeps its value. An UPDATE takes its lock on an empty table too.
      await sql.unsafe(`UPDATE ${table} SET ${column} = ${column} WHERE ctid IN (SELECT ctid FROM ${table} LIMIT 1)`);
    } catch (error) {
      if (!(error instanceof postgres.PostgresError)) throw error;
      refusals.push(`${table}: ${error.code} ${error.message}`);
    }
    writes.push({ table, pid, from, to: performance.now() });
  };
  let stopped = false;
  const loop = async () => {
    while (!stopped) {
      await write();
      await sleep(PAUSE_MS);
    }
    // One more write, to the state that `work` left.
    await write();
    return { writes, refusals };
  };
  await write();
  return {
    ended: loop(),
    stop: () => {
      stopped = true;
    },
  };
}
