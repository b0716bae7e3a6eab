import postgres from 'postgres';

interface SessionOptions {
  readonly statementTimeoutMs: number;
  /** Default: 10. */
  readonly connectTimeoutSeconds?: number;
}

/** Opens one connection. It does not fetch the server's array types: for many short sessions that would take most of the time. */
export function openSession(
  url: string,
  applicationName: string,
  { statementTimeoutMs, connectTimeoutSeconds = 10 }: SessionOptions,
): postgres.Sql {
  const connection = { application_name: applicationName, statement_timeout: statementTimeoutMs };
  const settings = { max: 1, connect_timeout: connectTimeoutSeconds, fetch_types: false };
  return postgres(url, { ...settings, onnotice: () => undefined, connection });
}
