import { ignoreDriverEnvironment } from './driverEnvironment.ts';

export type Bootstrap = 'plain' | 'supabase' | 'none';

/** Describes a server to another process, as plain JSON. It contains the password: never print it. */
export interface ServerDescription {
  readonly host: string;
  readonly port: number;
  readonly major: number;
  readonly bootstrap: Bootstrap;
  readonly password: string;
}

export interface PostgresServer {
  readonly host: string;
  readonly port: number;
  readonly major: number;
  readonly bootstrap: Bootstrap;
  /** The argument of `connectServer` in another process. */
  readonly description: ServerDescription;
  /** The URL for the role `postgres`, which runs migrations: a superuser with `plain`, not with `supabase`. */
  url(database?: string): string;
  /** The URL for the superuser: `supabase_admin` with `supabase`, else `postgres`. */
  superuserUrl(database?: string): string;
  /** The URL for another login role of the bootstrap, such as `authenticator` of `supabase`. */
  urlAs(role: string, database?: string): string;
}

/** The superuser that initdb creates. */
export function superuserOf(bootstrap: Bootstrap): string {
  return bootstrap === 'supabase' ? 'supabase_admin' : 'postgres';
}

/** A handle on a server that another process runs. It opens no connection and never stops the server. */
export function connectServer(description: ServerDescription): PostgresServer {
  ignoreDriverEnvironment();
  const { host, port, major, bootstrap, password } = description;
  const urlAs = (role: string, database = 'postgres'): string =>
    `postgresql://${encodeURIComponent(role)}:${encodeURIComponent(password)}@${host}:${port}/${encodeURIComponent(database)}`;
  return {
    host,
    port,
    major,
    bootstrap,
    description,
    urlAs,
    url: (database) => urlAs('postgres', database),
    superuserUrl: (database) => urlAs(superuserOf(bootstrap), database),
  };
}
