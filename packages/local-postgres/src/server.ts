export type Bootstrap = 'plain' | 'supabase' | 'none';

/** Everything needed to reach a server from another process; plain JSON. Holds the password: never print it. */
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
  /** What `connectServer` takes in another process. */
  readonly description: ServerDescription;
  /** As the role that migrations run as, `postgres`: a superuser under plain, not one under supabase. */
  url(database?: string): string;
  /** As the bootstrap superuser: `supabase_admin` under supabase, else `postgres`. */
  superuserUrl(database?: string): string;
  /** As another login role that the bootstrap made, such as supabase's `authenticator`. */
  urlAs(role: string, database?: string): string;
}

/** The superuser that initdb makes. */
export function superuserOf(bootstrap: Bootstrap): string {
  return bootstrap === 'supabase' ? 'supabase_admin' : 'postgres';
}

/** A handle on a server that some process of ours runs; opens no connection and owns nothing. */
export function connectServer(description: ServerDescription): PostgresServer {
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
