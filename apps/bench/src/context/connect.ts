import postgres, { type Sql } from 'postgres';

export interface Pool extends AsyncDisposable {
  readonly sql: Sql;
}

const STATEMENT_TIMEOUT_MS = 600_000;

/**
 * Connections of raw postgres.js. They open at their first use, prepare each statement once, and close on disposal.
 * @param options.settings of these sessions, as in postgresql.conf
 */
export function connect(url: string, options: { max: number; settings?: Record<string, string> }): Pool {
  const sql = postgres(url, {
    ...{ max: options.max, connect_timeout: 10, fetch_types: false, onnotice: () => undefined },
    connection: { application_name: 'bench', statement_timeout: STATEMENT_TIMEOUT_MS, ...options.settings },
  });
  return { sql, [Symbol.asyncDispose]: () => sql.end({ timeout: 5 }) };
}
