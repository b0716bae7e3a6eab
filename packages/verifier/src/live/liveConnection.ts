import { BadUrl, type ConnectionUrl, driverOptions, readConnectionUrl } from '@app/connections/url';
import postgres from 'postgres';
import { codeOf, InspectError, messageOf } from '../errors.ts';

const CONNECT_TIMEOUT_S = 10;
const LOCK_TIMEOUT_MS = 2000;

/** A connection to the live database. Every read runs in a read-only transaction. */
export interface LiveConnection extends AsyncDisposable {
  /** `host:port/database`. */
  readonly where: string;
  readonly statementTimeoutMs: number;
  /**
   * Runs `work` in one REPEATABLE READ READ ONLY transaction. It has timeouts, and no schema of the project in its
   * search_path. A query fails if row security would hide rows from it.
   * @throws InspectError NO_ANSWER, CONNECT_FAILED; else what `work` throws
   */
  readOnly<T>(work: (transaction: postgres.TransactionSql) => Promise<T>): Promise<T>;
  /** Lends the connection to a reader that opens its own read-only transaction. @throws as `readOnly` */
  lend<T>(work: (sql: postgres.Sql) => Promise<T>): Promise<T>;
}

/** Connects at the first read. @throws InspectError BAD_URL */
export function liveConnection(url: string, statementTimeoutMs: number): LiveConnection {
  const read = readUrl(url);
  const where = read.target;
  // A transaction pooler refuses every other start-up parameter, and has no prepared statements.
  const sql = postgres({
    ...driverOptions(read),
    ...{ max: 1, prepare: false, fetch_types: false, connect_timeout: CONNECT_TIMEOUT_S, onnotice: () => undefined },
    connection: { application_name: 'verify --url', ...read.parameters },
  });
  // The server ends a slow statement; this deadline ends the wait for a server that disappeared.
  const deadlineMs = 4 * statementTimeoutMs + 2 * CONNECT_TIMEOUT_S * 1000;
  const lend = async <T>(work: (sql: postgres.Sql) => Promise<T>) => {
    try {
      return await within(deadlineMs, work(sql));
    } catch (error) {
      if (error instanceof InspectError) void sql.end({ timeout: 0 });
      throw connectionError(error, where) ?? error;
    }
  };
  return {
    where,
    statementTimeoutMs,
    lend,
    readOnly: <T>(work: (transaction: postgres.TransactionSql) => Promise<T>) => {
      const body = async (transaction: postgres.TransactionSql) => {
        await transaction.unsafe(SETTINGS, [String(statementTimeoutMs), String(LOCK_TIMEOUT_MS)]);
        return { result: await work(transaction) };
      };
      return lend(async (lent) => (await lent.begin('ISOLATION LEVEL REPEATABLE READ READ ONLY', body)).result);
    },
    [Symbol.asyncDispose]: () => sql.end({ timeout: 0 }),
  };
}

// Local to the transaction: behind a pooler, other clients would get the settings of a session.
const SETTINGS = `SELECT set_config('statement_timeout', $1, true), set_config('lock_timeout', $2, true),
  set_config('idle_in_transaction_session_timeout', $1, true), set_config('search_path', 'pg_catalog, pg_temp', true),
  set_config('row_security', 'off', true), set_config('TimeZone', 'UTC', true), set_config('DateStyle', 'ISO, YMD', true)`;

/** @throws InspectError BAD_URL, without the URL */
function readUrl(url: string): ConnectionUrl {
  try {
    return readConnectionUrl(url);
  } catch (error) {
    throw error instanceof BadUrl ? new InspectError('BAD_URL', `The database URL ${error.message}.`) : error;
  }
}

async function within<T>(ms: number, promise: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const timeout = new Promise<never>((_, reject) => {
    const error = new InspectError('NO_ANSWER', `The server has not answered for ${Math.round(ms / 1000)} s.`);
    timer = setTimeout(() => reject(error), ms);
  });
  try {
    return await Promise.race([promise, timeout]);
  } finally {
    clearTimeout(timer);
  }
}

/** The InspectError for a failed connection; undefined for an error that the server raised for a statement. */
function connectionError(error: unknown, where: string): InspectError | undefined {
  const code = codeOf(error);
  const refused = ['28', '3D', '08'].includes(code.slice(0, 2)) || ['53300', '57P01', '57P02', '57P03'].includes(code);
  const fromServer = error instanceof postgres.PostgresError;
  if (fromServer ? !refused : !isSocketCode(code)) return undefined;
  return new InspectError(
    'CONNECT_FAILED',
    `Cannot connect to ${where}: ${messageOf(error)}. ${connectionAdvice(code)}`,
    {
      cause: error,
    },
  );
}

function isSocketCode(code: string): boolean {
  return /^(E[A-Z]+|CONNECT_TIMEOUT|CONNECTION_\w+|ERR_(SSL|TLS)\w*|CERT_\w+|DEPTH_ZERO\w*|SELF_SIGNED\w*|UNABLE_TO\w*)$/.test(
    code,
  );
}

function connectionAdvice(code: string): string {
  if (code.startsWith('28')) return 'Check the user and the password in the database URL.';
  if (code === '3D000') return 'Correct the name of the database in the URL.';
  if (code === '53300') return 'Every connection slot is taken: try again later.';
  if (/SSL|TLS|CERT|SELF|UNABLE|DEPTH/.test(code)) return 'Check the sslmode in the database URL and the certificate.';
  return 'Check that the server runs and that host and port in the database URL are right.';
}
