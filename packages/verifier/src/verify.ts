import { type Catalog, readCatalog } from '@app/catalog';
import { type PostgresServer, startThrowawayServer } from '@app/local-postgres';
import { withAccepted } from './accept.ts';
import type { CheckResult, OpenDatabase, Subject } from './check.ts';
import type { VerifyConfig } from './config.ts';
import { COVERAGE, coverageResults } from './coverage.ts';
import { databasesOn, SERVER_SETTINGS } from './databases.ts';
import { exportDrizzleSchema } from './expected/drizzleExport.ts';
import { buildExpected } from './expected/expected.ts';
import { compareWithSource, SOURCE } from './expected/source.ts';
import { assertPaths } from './loadConfig.ts';
import { type Report, reportOf } from './report/report.ts';
import { run } from './run.ts';
import { migrationsOf, subjectsOf } from './subjects.ts';

/** How many databases are worked in at once: the server's own work takes the time, on the machine's cores. */
const JOBS = 4;

export interface VerifyOptions {
  readonly config: VerifyConfig;
  /** Names of the subjects to prove. Default: all. */
  readonly only?: readonly string[];
  /** The checks that take long as well. Default false. */
  readonly thorough?: boolean;
  /** Default: that of the config. */
  readonly bootstrap?: 'plain' | 'supabase';
  readonly onResult?: (result: CheckResult) => void;
}

/**
 * Proves the project on a throwaway server.
 * @throws ConfigError for a path that leads nowhere, and a source that drizzle-kit or PostgreSQL refuses;
 *   LocalPostgresError where no server can be started; anything later is in the report
 */
export async function verify(options: VerifyOptions): Promise<Report> {
  const { config, bootstrap = config.bootstrap ?? 'plain' } = options;
  const started = performance.now();
  await assertPaths(config);
  const exporting = config.drizzle === undefined ? undefined : exportDrizzleSchema(config.drizzle);
  // Awaited below, beside the server's start.
  exporting?.catch(() => undefined);
  const server = await startThrowawayServer({ bootstrap, settings: SERVER_SETTINGS });
  try {
    const proved = await proveOn(server, options, await exporting);
    const about = { postgresMajor: server.major, bootstrap, elapsedMs: performance.now() - started };
    return reportOf(proved.results, { ...about, ...proved.about });
  } finally {
    await server.stop();
  }
}

export interface Proved {
  readonly results: readonly CheckResult[];
  readonly about: Pick<Report, 'leftOut' | 'outline' | 'notes'>;
}

/** As `verify`, on a server that runs already. `exported`: what drizzle-kit exported. @throws ConfigError */
export async function proveOn(server: PostgresServer, options: VerifyOptions, exported?: string): Promise<Proved> {
  const { config, only } = options;
  const open = databasesOn(server, config);
  const isWanted = (name: string) => only === undefined || only.includes(name);
  const left = { checks: 0 };
  const runAll = (subjects: readonly Subject[], jobs: number) => {
    const wanted = subjects.filter(({ name }) => isWanted(name)).map((subject) => chosenOf(subject, options, left));
    return run(wanted, open, { jobs, ...(options.onResult && { onResult: options.onResult }) });
  };
  // The migrations need no source: they are proved while the source is built.
  const migrating = runAll([migrationsOf(config)], JOBS / 2);
  await using expected = exported === undefined ? undefined : await buildExpected(open, config, exported);
  const catalog = expected?.catalog ?? (await migratedCatalog(open, config));
  const subjects = catalog instanceof Error ? [unread(catalog)] : subjectsOf(config, catalog);
  const comparing = expected && isWanted(SOURCE) ? compareWithSource(open, config, expected) : undefined;
  const [source, others, migrations] = await Promise.all([comparing, runAll(subjects, JOBS / 2), migrating]);
  for (const result of source?.results ?? []) options.onResult?.(result);
  const covered = isWanted(COVERAGE) && !(catalog instanceof Error) ? coverageOf(config, catalog, subjects) : [];
  const results = [...(source?.results ?? []), ...others, ...migrations, ...covered];
  const notes = only === undefined ? notesOf(config) : [];
  return {
    results: withAccepted(results, config.accept ?? [], only === undefined),
    about: {
      ...(left.checks > 0 && { leftOut: left.checks }),
      ...(source?.outline && { outline: source.outline }),
      ...(notes.length > 0 && { notes }),
    },
  };
}

function coverageOf(config: VerifyConfig, expected: Catalog, subjects: readonly Subject[]): CheckResult[] {
  const { tables = [] } = config;
  return tables.length === 0
    ? []
    : coverageResults({ tables, expected, subjects: [...subjects, migrationsOf(config)] });
}

function chosenOf(subject: Subject, { thorough = false }: VerifyOptions, left: { checks: number }): Subject {
  const checks = subject.checks.filter((check) => thorough || check.thorough !== true);
  left.checks += subject.checks.length - checks.length;
  return { ...subject, checks };
}

/** Without a source, the cases are of what the migrations make. */
async function migratedCatalog(open: OpenDatabase, { schemas }: VerifyConfig): Promise<Catalog | Error> {
  try {
    await using migrated = await open('migrated');
    return await readCatalog(migrated.sql, { schemas });
  } catch (error) {
    return error instanceof Error ? error : new Error(String(error));
  }
}

/** Stands for every subject that could not be made. */
function unread(error: Error): Subject {
  const prove = () => Promise.reject(error);
  const check = { name: 'what the migrations make can be read', fix: 'correct what the reason names', prove };
  return { name: 'objects', startsFrom: 'empty', database: 'shared', checks: [check] };
}

function notesOf({ drizzle, sqlObjects, tables, access }: VerifyConfig): string[] {
  const missing: (readonly [given: unknown, note: string])[] = [
    [drizzle, 'nothing was compared with the source: `drizzle` of the config names no drizzle.config.ts'],
    [
      sqlObjects ?? drizzle === undefined,
      'functions, triggers and grants were not compared with the source: the config has no `sqlObjects`',
    ],
    [tables, 'no constraint was tried: the config has no `tables`'],
    [access, 'no role was tried: the config has no `access`'],
  ];
  return missing.flatMap(([given, note]) => (given === undefined || given === false ? [note] : []));
}
