import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { runner } from 'node-pg-migrate';
import { connect } from '../context/connect.ts';
import type { Role } from '../harness/interleave.ts';
import { type Command, run, script, tool } from '../process.ts';
import type { Folders } from './folders.ts';
import { libraries } from './library.ts';

/** A deployment's migration script. */
const SCRIPT = new URL('./script.ts', import.meta.url);

/** The commands of the packages, resolved from their exports. */
const TOOLS = {
  drizzleKit: new URL('./bin.cjs', import.meta.resolve('drizzle-kit')),
  nodePgMigrate: new URL('../../bin/node-pg-migrate.js', import.meta.resolve('node-pg-migrate')),
  graphileMigrate: new URL('./cli.js', import.meta.resolve('graphile-migrate')),
};

/** The tool whose ledger the database has. */
export type Ledger = 'none' | 'drizzle' | 'node-pg-migrate' | 'graphile-migrate';

/** A tool that migrates a database to the state of a folder. */
export interface Way {
  readonly name: string;
  readonly role: Role;
  readonly ledger: Ledger;
  /** @param pending the last files of the folder, which are not applied yet */
  apply(url: string, folders: Folders, pending: readonly string[]): Promise<void>;
}

/** Called within a program whose modules are loaded. */
export const IN_PROCESS: readonly Way[] = [
  {
    name: 'postgres.js sends the files, no ledger',
    role: 'limit',
    ledger: 'none',
    apply: async (url, _folders, pending) => {
      await using pool = connect(url, { max: 1 });
      await pool.sql`SELECT 1`;
      for (const text of pending) await pool.sql.unsafe(text);
    },
  },
  { name: 'ours', role: 'ours', ledger: 'drizzle', apply: (url, { drizzle }) => libraries.ours(url, drizzle) },
  {
    name: "drizzle's migrate()",
    role: 'rival',
    ledger: 'drizzle',
    apply: (url, it) => libraries.drizzle(url, it.drizzle),
  },
  {
    name: "node-pg-migrate's runner",
    role: 'rival',
    ledger: 'node-pg-migrate',
    apply: async (databaseUrl, { nodePgMigrate: dir }) => {
      await runner({ databaseUrl, dir, direction: 'up', migrationsTable: 'pgmigrations', log: () => undefined });
    },
  },
];

/** A separate process, timed from its start to its end. */
export const PROCESSES: readonly Way[] = [
  {
    ...{ name: 'node -e 0', role: 'limit', ledger: 'none' },
    apply: async (url) => {
      await run({ file: process.execPath, args: ['-e', '0'] }, url);
    },
  },
  command('ours, in a script', 'ours', 'drizzle', ({ drizzle }) => script(SCRIPT, ['ours', drizzle])),
  command('drizzle-kit migrate', 'rival', 'drizzle', ({ drizzle }, url) => drizzleKit(drizzle, url)),
  command("drizzle's migrate(), in a script", 'rival', 'drizzle', ({ drizzle }) =>
    script(SCRIPT, ['drizzle', drizzle]),
  ),
  command('node-pg-migrate up', 'rival', 'node-pg-migrate', ({ nodePgMigrate }) =>
    tool(TOOLS.nodePgMigrate, ['up', '--migrations-dir', nodePgMigrate]),
  ),
  command('graphile-migrate migrate', 'rival', 'graphile-migrate', ({ graphile }) =>
    tool(TOOLS.graphileMigrate, ['migrate'], graphile),
  ),
];

function command(name: string, role: Role, ledger: Ledger, make: (folders: Folders, url: string) => Command): Way {
  return {
    ...{ name, role, ledger },
    apply: async (url, folders) => {
      await run(make(folders, url), url);
    },
  };
}

function drizzleKit(folder: string, url: string): Command {
  const config = join(folder, 'drizzle.config.json');
  writeFileSync(config, JSON.stringify({ dialect: 'postgresql', out: folder, dbCredentials: { url } }));
  return tool(TOOLS.drizzleKit, ['migrate', `--config=${config}`], folder);
}
