import postgres from 'postgres';

interface SessionLimits {
  readonly statementTimeoutMs: number;
  /** Default 10. */
  readonly connectTimeoutSeconds?: number;
}

/** One connection, which does not ask for the server's types: for many at once that takes longer than their work. */
export function openSession(
  url: string,
  applicationName: string,
  { statementTimeoutMs, connectTimeoutSeconds = 10 }: SessionLimits,
): postgres.Sql {
  const connection = { application_name: applicationName, statement_timeout: statementTimeoutMs };
  const own = { max: 1, connect_timeout: connectTimeoutSeconds, fetch_types: false };
  return postgres(url, { ...own, onnotice: () => undefined, connection });
}
