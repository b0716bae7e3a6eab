import { type Catalog, diffCatalogs, readCatalog } from '@app/catalog';
import { type Observation, type OpenDatabase, ProofFailed, type TestDatabase } from '../check.ts';
import { ledgerLines, type MigrationRun, runMigrations } from '../sql/migration.ts';
import { contents, heldTables } from '../sql/rows.ts';

/** What a run leaves behind. */
interface EndState {
  readonly catalog: Catalog;
  /** One line for each table. */
  readonly rows: readonly string[];
  readonly ledger: readonly string[];
}

/** One undisturbed run from the prior state. */
interface Undisturbed extends EndState {
  /** Of every table that was there: what it held before, and holds. */
  readonly kept: readonly Observation[];
  /** A second run, and where that ends. */
  readonly again: MigrationRun & EndState;
}

const undisturbed = new WeakMap<OpenDatabase, Promise<Undisturbed>>();

/** Made once for all checks. @throws ProofFailed where the run does not succeed */
export function undisturbedRun({ openAnother }: TestDatabase): Promise<Undisturbed> {
  const known = undisturbed.get(openAnother) ?? runUndisturbed(openAnother);
  undisturbed.set(openAnother, known);
  return known;
}

async function runUndisturbed(open: OpenDatabase): Promise<Undisturbed> {
  await using database = await open('prior');
  const kept = await keptRows(database);
  const end = await endStateOf(database);
  const again = await runMigrations(database);
  return { ...end, kept, again: { ...again, ...(await endStateOf(database)) } };
}

/** Everything but the ledger's schema, which is the migrator's business. */
export async function catalogOf({ sql, ledger }: TestDatabase): Promise<Catalog> {
  return await readCatalog(sql, { excludeSchemas: [ledger.schema] });
}

async function endStateOf(database: TestDatabase): Promise<EndState> {
  const catalog = await catalogOf(database);
  const tables = await heldTables(database);
  const held = await contents(database.superuser, tables);
  const rows = tables.map(({ table }, index) => `${table}: ${held[index]}`);
  return { catalog, rows, ledger: await ledgerLines(database) };
}

/** Migrates, up to `to` where it is given. @throws ProofFailed where the run does not succeed */
export async function migrateAll(database: TestDatabase, to?: string): Promise<void> {
  const { outcome } = await runMigrations(database, to === undefined ? {} : { to });
  if (outcome !== 'done') throw new ProofFailed({ what: 'the run', expected: 'done', actual: outcome });
}

/** Migrates, and compares the rows of every table that was there. @throws ProofFailed */
export async function keptRows(database: TestDatabase): Promise<Observation[]> {
  const tables = await heldTables(database);
  const before = await contents(database.superuser, tables);
  await migrateAll(database);
  const after = await contents(database.superuser, tables);
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
 * That a database which began in the prior state is where an undisturbed run ends: catalog, rows and ledger. Rows of which
 * two undisturbed runs differ (a random id, the time) are compared by their number.
 */
export async function endsUndisturbed(database: TestDatabase, what: string): Promise<Observation[]> {
  const [expected, actual] = [await undisturbedRun(database), await endStateOf(database)];
  const isSame = expected.rows.join('\n') === actual.rows.join('\n');
  const stable = isSame ? new Set(expected.rows.map(tableOf)) : await stableTables(database);
  return [
    noDifference(`${what}: catalog`, expected.catalog, actual.catalog),
    { what: `${what}: rows`, expected: comparable(expected.rows, stable), actual: comparable(actual.rows, stable) },
    { what: `${what}: ledger`, expected: expected.ledger.join('\n'), actual: actual.ledger.join('\n') },
  ];
}

const stableTablesOf = new WeakMap<OpenDatabase, Promise<ReadonlySet<string>>>();

/** Tables that a second undisturbed run leaves with the same content. */
function stableTables(database: TestDatabase): Promise<ReadonlySet<string>> {
  const { openAnother } = database;
  const known = stableTablesOf.get(openAnother) ?? findStableTables(database);
  stableTablesOf.set(openAnother, known);
  return known;
}

async function findStableTables(database: TestDatabase): Promise<ReadonlySet<string>> {
  const { rows } = await undisturbedRun(database);
  await using other = await database.openAnother('prior');
  await migrateAll(other);
  const again = new Set((await endStateOf(other)).rows);
  return new Set(rows.filter((line) => again.has(line)).map(tableOf));
}

function comparable(rows: readonly string[], stable: ReadonlySet<string>): string {
  return rows.map((line) => (stable.has(tableOf(line)) ? line : line.replace(/, md5 .*/, ''))).join('\n');
}

function tableOf(line: string): string {
  return line.replace(/: \d+ rows, md5 .*/, '');
}
