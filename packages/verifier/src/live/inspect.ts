import { type Catalog, objectKey, readCatalog } from '@app/catalog';
import { type MigrationFolder, readFolder } from '@app/migrator';
import { withAccepted } from '../accept.ts';
import type { CheckResult } from '../check.ts';
import { type Comparison, compareCatalogs } from '../compare/compareCatalogs.ts';
import { rereadWith } from '../compare/reread.ts';
import { resultsOf } from '../compare/results.ts';
import { ownerOf, swapRoles } from '../compare/roleNames.ts';
import { ledgerOf, type VerifyConfig } from '../config.ts';
import { type Outline, outlineOf } from '../report/outline.ts';
import { type Report, reportOf } from '../report/report.ts';
import { messageOf } from './errors.ts';
import { extraResults } from './extras.ts';
import { healthResults } from './health.ts';
import { ledgerResults, planOf, readLedger } from './ledger.ts';
import { isRead, type Read } from './reading.ts';
import { readRoleAttributes, roleResults } from './roleAttributes.ts';
import { readSequences, sequenceResults } from './sequences.ts';
import { readServer, type ServerFacts } from './server.ts';
import { type Shadow, type WithShadow, withThrowawayShadow } from './shadow.ts';
import { type Target, targetAt } from './target.ts';
import { indexUseResult, readIndexUse } from './unusedIndexes.ts';

const STATEMENT_TIMEOUT_MS = 30_000;
const ATTEMPTS = 3;

export interface InspectOptions {
  readonly url: string;
  readonly config: VerifyConfig;
  /** What the server is like; found out where it is absent. */
  readonly bootstrap?: 'plain' | 'supabase';
  /** An object that no migration made fails. Default false. */
  readonly strict?: boolean;
  /** Milliseconds that one statement may take. Default 30,000. */
  readonly statementTimeoutMs?: number;
  /** Default: on a throwaway server. */
  readonly withShadow?: WithShadow;
  readonly onPhase?: (phase: string) => void;
}

/**
 * Compares a live database with the migrations, and never writes to it.
 * @throws InspectError, MigratorError (folder) where nothing could be read; anything later is in the report
 */
export async function inspect(options: InspectOptions): Promise<Report> {
  const started = performance.now();
  const folder = await readFolder(options.config.migrations);
  await using target = targetAt(options.url, options.statementTimeoutMs ?? STATEMENT_TIMEOUT_MS);
  for (let attempt = 1; ; attempt += 1) {
    const inspected = await inspectOnce(target, folder, options);
    // A migration was applied meanwhile: catalog and ledger have to be of one moment.
    if (inspected.moved && attempt < ATTEMPTS) continue;
    const { server, bootstrap, results, outline } = inspected;
    const elapsedMs = performance.now() - started;
    const about = { postgresMajor: server.major, bootstrap, target: target.where, elapsedMs };
    return reportOf(withAccepted(results, options.config.accept ?? [], false), {
      ...about,
      ...(outline && { outline }),
    });
  }
}

interface Inspected {
  readonly server: ServerFacts;
  readonly bootstrap: 'plain' | 'supabase';
  readonly moved: boolean;
  readonly results: readonly CheckResult[];
  readonly outline: Outline | undefined;
}

async function inspectOnce(target: Target, folder: MigrationFolder, options: InspectOptions): Promise<Inspected> {
  const { config, onPhase, withShadow = withThrowawayShadow } = options;
  const { migrations, schemas, platform, after } = config;
  const place = ledgerOf(config);
  onPhase?.(`connecting to ${target.where}`);
  const { server, ledger } = await target.readOnly(async (transaction) => ({
    server: await readServer(transaction),
    ledger: await readLedger(transaction, place),
  }));
  const bootstrap = options.bootstrap ?? server.bootstrap;
  const look = async (shadow: Read<Shadow>): Promise<Inspected> => {
    onPhase?.(`reading ${target.where}`);
    const live = await readLive(target, config);
    const moved = isRead(live.ledger) && JSON.stringify(live.ledger) !== JSON.stringify(ledger);
    const steady: Read<Shadow> = moved ? { reason: 'the ledger kept changing while it was inspected' } : shadow;
    const judged = await judge(live, steady, { folder, server, options });
    return { server, bootstrap, moved, ...judged };
  };
  if (!isRead(ledger)) return await look({ reason: `the ledger could not be read: ${ledger.reason}` });
  const to = planOf(folder, ledger)?.applied.at(-1)?.tag;
  if (to === undefined)
    return await look({ reason: 'no migration of the folder is recorded there: nothing says what to expect' });
  onPhase?.(`building what the migrations make up to ${to} (${bootstrap})`);
  let isBuilt = false;
  const history = folder.migrations.findIndex(({ tag }) => tag === after);
  const last = folder.migrations.findIndex(({ tag }) => tag === to);
  const wish = { folder: migrations, ledger: place, platform, to, bootstrap, major: server.major, schemas };
  try {
    return await withShadow({ ...wish, after: history > last ? to : after }, async (shadow) => {
      isBuilt = true;
      return await look({ value: shadow });
    });
  } catch (error) {
    if (isBuilt) throw error;
    return await look({ reason: `what to expect could not be built: ${messageOf(error)}` });
  }
}

/** All but the catalog, whose reader opens a transaction of its own, is read in one. */
async function readLive(target: Target, config: VerifyConfig) {
  const { schemas, security, live = [] } = config;
  const catalog = await reasoned<Catalog>(() =>
    target.lend((sql) => readCatalog(sql, { schemas, statementTimeoutMs: target.statementTimeoutMs })),
  );
  const rest = await reasoned(() =>
    target.readOnly(async (transaction) => ({
      ledger: await readLedger(transaction, ledgerOf(config)),
      indexUse: await readIndexUse(transaction, schemas),
      sequences: await readSequences(transaction, schemas),
      roles: await readRoleAttributes(transaction, schemas, security?.clients ?? []),
      own: await inTurn(live.map((check) => () => check.inspect(transaction))),
    })),
  );
  if (isRead(rest)) return { catalog, ...rest.value };
  const own = live.map((check) => check.notRun(rest.reason));
  return { catalog, ledger: rest, indexUse: rest, sequences: rest, roles: rest, own };
}

/** One after the other: they share a connection. */
async function inTurn<T>(tasks: readonly (() => Promise<T>)[]): Promise<T[]> {
  const results: T[] = [];
  for (const task of tasks) results.push(await task());
  return results;
}

async function reasoned<T>(read: () => Promise<T>): Promise<Read<T>> {
  try {
    return { value: await read() };
  } catch (error) {
    return { reason: messageOf(error) };
  }
}

interface Circumstances {
  readonly folder: MigrationFolder;
  readonly server: ServerFacts;
  readonly options: InspectOptions;
}

async function judge(
  live: Awaited<ReturnType<typeof readLive>>,
  shadow: Read<Shadow>,
  { folder, server, options: { config, strict = false } }: Circumstances,
): Promise<Pick<Inspected, 'results' | 'outline'>> {
  const { catalog } = live;
  const drift: Read<Drift> = !isRead(catalog)
    ? catalog
    : isRead(shadow)
      ? { value: await driftOf(shadow.value, catalog.value, server.major, config.schemas) }
      : shadow;
  const { after, security } = config;
  const results = [
    ...ledgerResults(live.ledger, planOf(folder, live.ledger), { ledger: ledgerOf(config), folder, after }),
    ...(isRead(drift)
      ? drift.value.results
      : [resultsOf('drift').notRun('the schema is what the migrations make', drift.reason)]),
    ...(isRead(catalog)
      ? healthResults(catalog.value, isRead(drift) ? drift.value.expected : undefined)
      : [resultsOf('health').notRun('indexes, constraints, triggers', catalog.reason)]),
    ...sequenceResults(live.sequences),
    indexUseResult(live.indexUse),
    ...roleResults(live.roles, security?.clients ?? []),
    ...live.own,
    ...(isRead(drift) ? extraResults(drift.value.extras, drift.value.platform, strict) : []),
  ];
  const { differing, expected } = isRead(drift) ? drift.value : {};
  return { results, outline: isRead(catalog) ? outlineOf(catalog.value, differing, expected) : undefined };
}

interface Drift extends Comparison {
  readonly expected: Catalog;
}

/** Compares the live database with the shadow, whose owner is renamed to the owner of the live tables. */
async function driftOf(shadow: Shadow, live: Catalog, major: number, schemas: readonly string[]): Promise<Drift> {
  const former = new Map(shadow.before.objects.map((object) => [objectKey(object), object.definition]));
  const made = shadow.after.objects.filter((object) => former.get(objectKey(object)) !== object.definition);
  const tables = new Set(made.map(({ identity }) => identity));
  const [theirs, ours] = [ownerOf(live, tables), ownerOf(shadow.after, tables)];
  const named = (catalog: Catalog) =>
    theirs === undefined || ours === undefined ? catalog : swapRoles(catalog, ours, theirs);
  const expected = named(shadow.after);
  const comparison = await compareCatalogs({
    subject: 'drift',
    before: named(shadow.before),
    expected,
    actual: live,
    acrossVersions: shadow.major !== major,
    adviceFor: (_, change) =>
      change === 'missing' ? '' : 'To keep it as it is, bring it into the schema with a migration.',
    sameWhenReread: rereadWith(shadow.superuser, schemas),
  });
  return { ...comparison, expected };
}
