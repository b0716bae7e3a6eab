import type postgres from 'postgres';
import { type Catalog, type CatalogKind, type CatalogObject, objectKey } from './catalog.ts';
import { CatalogError, toCatalogError, unsupportedServer } from './errors.ts';
import { readColumns } from './read/columns.ts';
import { commentOn, readComments } from './read/comments.ts';
import { readConstraints } from './read/constraints.ts';
import { readDefaultPrivileges } from './read/defaultPrivileges.ts';
import { dependencyKeys, readDependencies } from './read/dependencies.ts';
import { readFunctions } from './read/functions.ts';
import { readGrants } from './read/grants.ts';
import { readIndexes } from './read/indexes.ts';
import { readPolicies } from './read/policies.ts';
import type { CatalogQuery, Found } from './read/query.ts';
import { readExtensions, readSchemas } from './read/schemas.ts';
import { readSequences } from './read/sequences.ts';
import { readTables } from './read/tables.ts';
import { readTriggers } from './read/triggers.ts';
import { readTypes } from './read/types.ts';
import { readRulesAndStatistics, readViews } from './read/views.ts';

export interface ReadCatalogOptions {
  /** Read these schemas only (raw names). Default: every schema but pg_* and information_schema. */
  readonly schemas?: readonly string[];
  /** Leave these out (raw names), for example `['auth', 'drizzle']`. */
  readonly excludeSchemas?: readonly string[];
  /** Read objects of these kinds only; `dependsOn` then names only objects that were read. Default: every kind. */
  readonly kinds?: readonly CatalogKind[];
  /** Milliseconds that one catalog query may take. Default 30,000. */
  readonly statementTimeoutMs?: number;
}

const READERS: readonly (readonly [read: (query: CatalogQuery) => Promise<Found[]>, ...kinds: CatalogKind[]])[] = [
  [readSchemas, 'schema'],
  [readExtensions, 'extension'],
  [readTypes, 'type'],
  [readSequences, 'sequence'],
  [readTables, 'table'],
  [readColumns, 'column'],
  [readConstraints, 'constraint'],
  [readIndexes, 'index'],
  [readViews, 'view'],
  [readRulesAndStatistics, 'rule', 'statistics'],
  [readFunctions, 'function'],
  [readTriggers, 'trigger'],
  [readPolicies, 'policy'],
  [readGrants, 'grant'],
  [readDefaultPrivileges, 'default privilege'],
];

const MINIMUM_VERSION = 150000;
const ATTEMPTS = 3;

/**
 * Reads every object of the database's user schemas in one read-only snapshot. The result is the same on PostgreSQL 15
 * to 18. Needs no privileges beyond those of PUBLIC.
 * @throws {CatalogError} see `CatalogErrorCode`
 */
export async function readCatalog(sql: postgres.Sql, options: ReadCatalogOptions = {}): Promise<Catalog> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await readOnce(sql, options);
    } catch (cause) {
      const error = toCatalogError(cause);
      if (error.code !== 'changed-while-reading' || attempt === ATTEMPTS) throw error;
    }
  }
}

async function readOnce(sql: postgres.Sql, options: ReadCatalogOptions): Promise<Catalog> {
  return await sql.begin('ISOLATION LEVEL REPEATABLE READ READ ONLY', (transaction) =>
    readCatalogWithin(transaction, options),
  );
}

/**
 * `readCatalog` inside an open transaction, with its uncommitted objects. Its settings (search_path, TimeZone …) stay
 * changed until the transaction ends.
 * @throws {CatalogError} `unsupported-server`; otherwise the driver's own error
 */
export async function readCatalogWithin(
  transaction: postgres.TransactionSql,
  options: ReadCatalogOptions = {},
): Promise<Catalog> {
  await prepareSession(transaction, options.statementTimeoutMs ?? 30_000);
  const schemas = JSON.stringify(await selectedSchemas(transaction, options));
  const query: CatalogQuery = async <Row>(text: string) =>
    (await transaction.unsafe<Record<string, unknown>[]>(text, [schemas])).map(withoutNulls) as Row[];
  const isWanted = (kind: CatalogKind) => options.kinds?.includes(kind) ?? true;
  const readers = READERS.filter(([, ...kinds]) => kinds.some(isWanted));
  const [found, comments, edges] = await Promise.all([
    Promise.all(readers.map(([read]) => read(query))),
    isWanted('comment') ? readComments(query) : [],
    readDependencies(query),
  ]);
  const wanted = found.flat().filter(({ object }) => isWanted(object.kind));
  return assemble(wanted, comments, edges);
}

function withoutNulls(row: Readonly<Record<string, unknown>>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(row).map(([name, value]) => [name, value ?? undefined]));
}

/** The texts of PostgreSQL depend on these settings: without schemas in the search_path it qualifies every name. */
async function prepareSession(transaction: postgres.TransactionSql, timeoutMs: number): Promise<void> {
  const [row] = await transaction.unsafe<{ version: number }[]>(
    `SELECT current_setting('server_version_num')::int AS version,
       set_config('statement_timeout', $1::text, true), set_config('search_path', 'pg_catalog, pg_temp', true),
       set_config('TimeZone', 'UTC', true), set_config('DateStyle', 'ISO, YMD', true),
       set_config('IntervalStyle', 'postgres', true), set_config('extra_float_digits', '1', true),
       set_config('bytea_output', 'hex', true), set_config('quote_all_identifiers', 'off', true),
       set_config('standard_conforming_strings', 'on', true)`,
    [String(timeoutMs)],
  );
  if (row === undefined) throw new CatalogError('read-failed', 'the server did not return its version');
  if (row.version < MINIMUM_VERSION) throw unsupportedServer(row.version);
}

async function selectedSchemas(transaction: postgres.TransactionSql, options: ReadCatalogOptions): Promise<string[]> {
  const rows = await transaction.unsafe<{ name: string }[]>('SELECT nspname::text AS name FROM pg_namespace');
  const included = options.schemas === undefined ? undefined : new Set(options.schemas);
  const excluded = new Set(options.excludeSchemas);
  return rows
    .map(({ name }) => name)
    .filter((name) => !name.startsWith('pg_') && name !== 'information_schema')
    .filter((name) => (included?.has(name) ?? true) && !excluded.has(name));
}

function assemble(
  found: readonly Found[],
  comments: Awaited<ReturnType<typeof readComments>>,
  edges: ReadonlyMap<string, string[]>,
): Catalog {
  const byAddress = new Map(found.flatMap(({ address, object }) => (address === undefined ? [] : [[address, object]])));
  const keys = new Map([...byAddress].map(([address, object]) => [address, objectKey(object)]));
  const objects: CatalogObject[] = found.map(({ address, object }) => ({
    ...object,
    dependsOn: address === undefined ? [] : dependencyKeys(address, edges, keys),
  }));
  for (const comment of comments) {
    const target = byAddress.get(comment.address);
    if (target !== undefined && target.kind !== 'extension') objects.push(commentOn(target, comment));
  }
  return { objects: objects.sort(byKindAndName) };
}

const KINDS: readonly CatalogKind[] = [...READERS.flatMap(([, ...kinds]) => kinds), 'comment'];

function byKindAndName(a: CatalogObject, b: CatalogObject): number {
  if (a.kind === 'column' && b.kind === 'column' && a.table === b.table) return a.position - b.position;
  const kinds = KINDS.indexOf(a.kind) - KINDS.indexOf(b.kind);
  if (kinds !== 0) return kinds;
  const [left, right] = [sortName(a), sortName(b)];
  return left < right ? -1 : left > right ? 1 : 0;
}

function sortName(object: CatalogObject): string {
  return object.kind === 'column' ? object.table : object.identity;
}
