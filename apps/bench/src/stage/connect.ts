import postgres, { type Sql } from 'postgres';

export interface Pool extends AsyncDisposable {
  readonly sql: Sql;
}

const STATEMENT_TIMEOUT_MS = 600_000;

/**
 * Connections of raw postgres.js: opened when first used, statements prepared once each, closed on disposal.
 * @param options.settings as of postgresql.conf, for these sessions
 */
export function connect(url: string, options: { max: number; settings?: Record<string, string> }): Pool {
  const sql = postgres(url, {
    ...{ max: options.max, connect_timeout: 10, fetch_types: false, onnotice: () => undefined },
    connection: { application_name: 'bench', statement_timeout: STATEMENT_TIMEOUT_MS, ...options.settings },
  });
  return { sql, [Symbol.asyncDispose]: () => sql.end({ timeout: 5 }) };
}
