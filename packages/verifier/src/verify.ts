import { type Catalog, readCatalog } from '@app/catalog';
import { type PostgresServer, startThrowawayServer } from '@app/local-postgres';
import { accessSubject } from './access/accessSubject.ts';
import { indexesSubject } from './cases/indexes.ts';
import type { TableCases } from './cases/tableCases.ts';
import { TABLES, tablesSubject } from './cases/tables.ts';
import type { CheckResult, OpenDatabase, Subject } from './check.ts';
import { ledgerOf, type VerifyConfig } from './config.ts';
import { COVERAGE, coverageResults } from './coverage.ts';
import { databasesOn, SERVER_SETTINGS } from './databases.ts';
import { compareWithSource, SOURCE } from './expected/compareWithSource.ts';
import { generateSchemaSql } from './expected/drizzleGenerate.ts';
import { buildExpected } from './expected/expectedDatabase.ts';
import { assertPaths } from './loadConfig.ts';
import { MIGRATIONS, migrationsSubject } from './migrations/migrationsSubject.ts';
import { type Report, reportOf, withAccepted } from './report/report.ts';
import { run } from './run.ts';
import { securitySubject } from './security/securitySubject.ts';

/** How many databases are used at the same time. */
const JOBS = 4;

export interface VerifyOptions {
  readonly config: VerifyConfig;
  /** Names of the subjects to run. Default: all. */
  readonly only?: readonly string[];
  /** Also runs the checks that take minutes. Default: false. */
  readonly thorough?: boolean;
  /** Default: that of the config. */
  readonly bootstrap?: 'plain' | 'supabase';
  readonly onResult?: (result: CheckResult) => void;
}

/**
 * Verifies a project on a throwaway server.
 * @throws ConfigError for a path that does not exist, and for a source that drizzle-kit or PostgreSQL refuses;
 *   LocalPostgresError where no server can be started. Later errors are in the report.
 */
export async function verify(options: VerifyOptions): Promise<Report> {
  const { config, bootstrap = config.bootstrap ?? 'plain' } = options;
  const started = performance.now();
  await assertPaths(config);
  const generating = config.drizzle === undefined ? undefined : generateSchemaSql(config.drizzle);
  // Its error is handled where it is awaited, after the start of the server.
  generating?.catch(() => undefined);
  const server = await startThrowawayServer({ bootstrap, settings: SERVER_SETTINGS });
  try {
    const { results, about } = await verifyOn(server, options, await generating);
    const elapsedMs = performance.now() - started;
    return reportOf(results, { postgresMajor: server.major, bootstrap, elapsedMs, ...about });
  } finally {
    await server.stop();
  }
}

export interface Verification {
  readonly results: readonly CheckResult[];
  readonly about: Pick<Report, 'leftOut' | 'outline' | 'notes'>;
}

/**
 * As `verify`, on a running server.
 * @param schemaSql what `generateSchemaSql` returned; without it nothing is compared with the source
 * @throws ConfigError
 */
export async function verifyOn(
  server: PostgresServer,
  options: VerifyOptions,
  schemaSql?: string,
): Promise<Verification> {
  const { config, only, thorough = false, onResult } = options;
  const open = databasesOn(server, config);
  const isChosen = (name: string) => only === undefined || only.includes(name);
  const chosen = (subjects: readonly Subject[]) => subjects.filter(({ name }) => isChosen(name));
  const runSubjects = (subjects: readonly Subject[]) =>
    run(
      chosen(subjects).map((subject) => ({
        ...subject,
        checks: subject.checks.filter((it) => thorough || !it.thorough),
      })),
      open,
      { jobs: JOBS / 2, ...(onResult && { onResult }) },
    );
  // The migrations' checks do not need the source, and run while it is built.
  const migrations = migrationsOf(config);
  const running = runSubjects([migrations]);
  await using expected = schemaSql === undefined ? undefined : await buildExpected(open, config, schemaSql);
  const catalog = expected?.catalog ?? (await migratedCatalog(open, config));
  const subjects = catalog instanceof Error ? [unreadableSubject(catalog)] : subjectsOf(config, catalog);
  const comparing = expected && isChosen(SOURCE) ? compareWithSource(open, config, expected) : undefined;
  const [source, ofSubjects, ofMigrations] = await Promise.all([comparing, runSubjects(subjects), running]);
  for (const result of source?.results ?? []) onResult?.(result);
  const all = [...subjects, migrations];
  const coverage =
    isChosen(COVERAGE) && config.tables?.length && !(catalog instanceof Error)
      ? coverageResults(config.tables, catalog, all)
      : [];
  const results = [...(source?.results ?? []), ...ofSubjects, ...ofMigrations, ...coverage];
  const leftOut = thorough ? 0 : chosen(all).flatMap(({ checks }) => checks.filter((it) => it.thorough)).length;
  const notes = only === undefined ? notesOf(config) : [];
  return {
    results: withAccepted(results, config.accept ?? [], only === undefined),
    about: {
      ...(leftOut > 0 && { leftOut }),
      ...(source?.outline && { outline: source.outline }),
      ...(notes.length > 0 && { notes }),
    },
  };
}

/** Without a source, the migrated database gives the objects to check. */
async function migratedCatalog(open: OpenDatabase, { schemas }: VerifyConfig): Promise<Catalog | Error> {
  try {
    await using migrated = await open('migrated');
    return await readCatalog(migrated.sql, { schemas });
  } catch (error) {
    return error instanceof Error ? error : new Error(String(error));
  }
}

/** Stands for the subjects that need the catalog, when it could not be read. */
function unreadableSubject(error: Error): Subject {
  const prove = () => Promise.reject(error);
  const check = { name: 'the migrated database can be read', fix: 'correct what the reason names', prove };
  return { name: 'objects', startsFrom: 'empty', database: 'shared', checks: [check] };
}

/** What is not checked because the config does not describe it. */
function notesOf({ drizzle, sqlObjects, tables, access }: VerifyConfig): string[] {
  return [
    ...(drizzle === undefined
      ? ['nothing was compared with the source: the config has no `drizzle`']
      : sqlObjects === undefined
        ? ['functions, triggers and grants were not compared with the source: the config has no `sqlObjects`']
        : []),
    ...(tables === undefined ? ['no constraint was tested: the config has no `tables`'] : []),
    ...(access === undefined ? ['no role was tested: the config has no `access`'] : []),
  ];
}

/** The subject `migrations`. It does not need the source. */
export function migrationsOf(config: VerifyConfig): Subject {
  return withProjectChecks(config, migrationsSubject(config));
}

/** Every other subject, in the order of the report. @param expected the catalog of the source */
function subjectsOf(config: VerifyConfig, expected: Catalog): Subject[] {
  const { tables = [], access, security } = config;
  const subjects = [
    ...(tables.length === 0 ? [] : [tablesSubject(tables, expected), indexesSubject(tables, expected)]),
    ...(access === undefined ? [] : [accessSubject(access, tables, expected)]),
    ...(security === undefined ? [] : [securitySubject(security, ledgerOf(config))]),
  ];
  const builtIn = new Set([...subjects.map(({ name }) => name), MIGRATIONS]);
  const projectSubjects = (config.subjects ?? []).filter(({ name }) => !builtIn.has(name));
  const behaviours = behavioursOf(tables);
  return [...projectSubjects, ...behaviours, ...subjects.map((subject) => withProjectChecks(config, subject))];
}

function behavioursOf(tables: readonly TableCases[]): Subject[] {
  const checks = tables.flatMap(({ behaviours = [] }) => behaviours);
  return checks.length === 0 ? [] : [{ name: 'table behaviours', startsFrom: 'migrated', database: 'shared', checks }];
}

function withProjectChecks({ subjects = [] }: VerifyConfig, subject: Subject): Subject {
  const sameName = subjects.filter(({ name }) => name === subject.name);
  return { ...subject, checks: [...subject.checks, ...sameName.flatMap(({ checks }) => checks)] };
}

/** The names that `--only` accepts. */
export function subjectNames({ drizzle, tables = [], access, security, subjects = [] }: VerifyConfig): string[] {
  const builtIn = [
    ...(drizzle === undefined ? [] : [SOURCE]),
    ...(tables.length === 0 ? [] : [TABLES, 'indexes', COVERAGE]),
    ...behavioursOf(tables).map(({ name }) => name),
    ...(access === undefined ? [] : ['access']),
    ...(security === undefined ? [] : ['security']),
    MIGRATIONS,
  ];
  return [...new Set([...builtIn, ...subjects.map(({ name }) => name)])];
}
