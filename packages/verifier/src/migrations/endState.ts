import { type Catalog, diffCatalogs, readCatalog } from '@app/catalog';
import { type Observation, type OpenDatabase, ProofFailed, type TestDatabase } from '../check.ts';
import { readTables, tableHashes } from '../sql/tableContents.ts';
import { ledgerLines, type MigrationRun, runMigrations } from './migrationRun.ts';

/** The state of a database after a run. */
interface EndState {
  readonly catalog: Catalog;
  /** One line for each table. */
  readonly rows: readonly string[];
  readonly ledger: readonly string[];
}

/** One run from the prior state that nothing interrupts, followed by a second run. */
interface ReferenceRun extends EndState {
  /** Of every table that existed before: its rows before and after. */
  readonly keptRows: readonly Observation[];
  readonly secondRun: MigrationRun & EndState;
}

const referenceRuns = new WeakMap<OpenDatabase, Promise<ReferenceRun>>();

/** The reference run of a server, made once for all checks. @throws ProofFailed where the run fails */
export function referenceRun({ openAnother }: TestDatabase): Promise<ReferenceRun> {
  const known = referenceRuns.get(openAnother) ?? makeReferenceRun(openAnother);
  referenceRuns.set(openAnother, known);
  return known;
}

async function makeReferenceRun(open: OpenDatabase): Promise<ReferenceRun> {
  await using database = await open('prior');
  const keptRows = await migrateAndCompareRows(database);
  const end = await readEndState(database);
  const second = await runMigrations(database);
  return { ...end, keptRows, secondRun: { ...second, ...(await readEndState(database)) } };
}

/** Reads the whole catalog without the ledger's schema, which belongs to the migrator. */
export async function readWholeCatalog({ sql, ledger }: TestDatabase): Promise<Catalog> {
  return await readCatalog(sql, { excludeSchemas: [ledger.schema] });
}

async function readEndState(database: TestDatabase): Promise<EndState> {
  const catalog = await readWholeCatalog(database);
  const tables = await readTables(database);
  const hashes = await tableHashes(database.superuser, tables);
  const rows = tables.map(({ table }, index) => `${table}: ${hashes[index]}`);
  return { catalog, rows, ledger: await ledgerLines(database) };
}

/** Migrates, up to the tag `to` where it is given. @throws ProofFailed where the run fails */
export async function migrateOrFail(database: TestDatabase, to?: string): Promise<void> {
  const { outcome } = await runMigrations(database, to === undefined ? {} : { to });
  if (outcome !== 'done') throw new ProofFailed({ what: 'the run', expected: 'done', actual: outcome });
}

/** Migrates, and compares the rows of every table that existed before. @throws ProofFailed */
export async function migrateAndCompareRows(database: TestDatabase): Promise<Observation[]> {
  const tables = await readTables(database);
  const before = await tableHashes(database.superuser, tables);
  await migrateOrFail(database);
  const after = await tableHashes(database.superuser, tables);
  const observations = tables.map(({ table }, n) => {
    return { what: table, expected: before[n] ?? '', actual: after[n] ?? '' };
  });
  return [...observations, { what: 'the run', expected: 'done', actual: 'done' }];
}

export function noDifference(what: string, expected: Catalog, actual: Catalog): Observation {
  const differences = diffCatalogs(expected, actual);
  const lines = differences.map(({ change, kind, identity }) => `${change} ${kind} ${identity}`);
  return { what, expected: 'no difference', actual: lines.join('; ') || 'no difference' };
}

/**
 * Compares a migrated database with the reference run: catalog, rows and ledger. Of a table whose rows differ between two
 * reference runs (a random id, the time), the number of rows is compared.
 */
export async function sameEndState(database: TestDatabase, what: string): Promise<Observation[]> {
  const [expected, actual] = [await referenceRun(database), await readEndState(database)];
  const isSame = expected.rows.join('\n') === actual.rows.join('\n');
  const stable = isSame ? new Set(expected.rows.map(tableOf)) : await stableTables(database);
  return [
    noDifference(`${what}: catalog`, expected.catalog, actual.catalog),
    {
      what: `${what}: rows`,
      expected: withStableHashes(expected.rows, stable),
      actual: withStableHashes(actual.rows, stable),
    },
    { what: `${what}: ledger`, expected: expected.ledger.join('\n'), actual: actual.ledger.join('\n') },
  ];
}

const stableTablesOf = new WeakMap<OpenDatabase, Promise<ReadonlySet<string>>>();

/** Tables in which another undisturbed run leaves the same rows as the reference run. */
function stableTables(database: TestDatabase): Promise<ReadonlySet<string>> {
  const { openAnother } = database;
  const known = stableTablesOf.get(openAnother) ?? findStableTables(database);
  stableTablesOf.set(openAnother, known);
  return known;
}

async function findStableTables(database: TestDatabase): Promise<ReadonlySet<string>> {
  const { rows } = await referenceRun(database);
  await using other = await database.openAnother('prior');
  await migrateOrFail(other);
  const again = new Set((await readEndState(other)).rows);
  return new Set(rows.filter((line) => again.has(line)).map(tableOf));
}

/** The lines, with the hash only for tables whose rows are the same in every run. */
function withStableHashes(rows: readonly string[], stable: ReadonlySet<string>): string {
  return rows.map((line) => (stable.has(tableOf(line)) ? line : line.replace(/, md5 .*/, ''))).join('\n');
}

function tableOf(line: string): string {
  return line.replace(/: \d+ rows, md5 .*/, '');
}
