import { createDatabase, startThrowawayServer, type ThrowawayServer } from '@app/local-postgres';
import { connect } from './connect.ts';
import { cloneDatabase, type ScratchDatabase } from './databases.ts';
import { assertScratch } from './scratch.ts';

/** `quick` shows that a case works, `short` has at most a million rows, `full` gives the figures of docs/performance.md. */
export type Size = 'quick' | 'short' | 'full';

/** The server on which the cases are measured. */
export interface BenchContext extends AsyncDisposable {
  readonly size: Size;
  /** An empty database with the stand-ins for Supabase's objects. */
  readonly empty: ScratchDatabase;
  /** The same on a server with fsync on; undefined where the user gave the server. */
  durable(): Promise<ScratchDatabase | undefined>;
  progress(text: string): void;
  server(): Promise<ServerFacts>;
}

export interface ServerFacts {
  readonly version: string;
  readonly settings: Readonly<Record<string, string>>;
}

interface ContextOptions {
  readonly size: Size;
  /** An empty database whose server is used instead of a throwaway server. */
  readonly url?: string;
  readonly progress: (text: string) => void;
}

// Enough memory for the filled tables, and no checkpoint during a round.
const SETTINGS = {
  shared_buffers: '512MB',
  maintenance_work_mem: '512MB',
  max_wal_size: '16GB',
  checkpoint_timeout: '1h',
  max_connections: '300',
};
const DURABLE = { fsync: 'on', synchronous_commit: 'on', full_page_writes: 'on' };

/** @throws NotScratch for a URL whose database is not empty; LocalPostgresError where no server can be started */
export async function openContext({ size, url, progress }: ContextOptions): Promise<BenchContext> {
  const servers: ThrowawayServer[] = [];
  const start = async (settings: Record<string, string>) => {
    const server = await startThrowawayServer({ settings });
    servers.push(server);
    return baseOf((await createDatabase(server)).url);
  };
  if (url !== undefined) await assertScratch(url);
  const empty = url === undefined ? await start(SETTINGS) : baseOf(url);
  let durable: Promise<ScratchDatabase> | undefined;
  return {
    ...{ size, empty, progress },
    durable: async () => {
      if (url !== undefined) return undefined;
      durable ??= start({ ...SETTINGS, ...DURABLE });
      return durable;
    },
    server: () => factsOf(empty.url),
    [Symbol.asyncDispose]: async () => {
      await Promise.all(servers.map((server) => server.stop()));
    },
  };
}

/** It is never dropped: its server is deleted, or the user owns it. */
function baseOf(url: string): ScratchDatabase {
  return { url, clone: () => cloneDatabase(url), [Symbol.asyncDispose]: async () => undefined };
}

const SHOWN = ['fsync', 'synchronous_commit', 'full_page_writes', ...Object.keys(SETTINGS)];

async function factsOf(url: string): Promise<ServerFacts> {
  await using pool = connect(url, { max: 1 });
  const { sql } = pool;
  const [row] = await sql<{ version: string }[]>`SELECT current_setting('server_version') AS version`;
  const settings = await sql<{ name: string; value: string }[]>`
    SELECT name, current_setting(name) AS value FROM pg_settings WHERE name IN ${sql(SHOWN)} ORDER BY name`;
  return {
    version: row?.version ?? 'unknown',
    settings: Object.fromEntries(settings.map(({ name, value }) => [name, value])),
  };
}
