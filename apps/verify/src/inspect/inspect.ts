import { type Catalog, readCatalog } from '@app/catalog';
import { type LedgerRow, type MigrationFolder, readFolder } from '@app/migrator';
import type { CheckResult } from '../check.ts';
import type { VerifyConfig } from '../config.ts';
import { type Outline, outlineOf } from '../report/outline.ts';
import { type Report, reportOf } from '../report/report.ts';
import { type Drift, driftOf } from './drift.ts';
import { messageOf } from './errors.ts';
import { extraResults } from './extras.ts';
import { healthResults } from './health.ts';
import { ledgerResults, planOf, readLedger } from './ledger.ts';
import { powersResults, type RolePowers, readPowers } from './powers.ts';
import { isRead, type Read } from './reading.ts';
import { resultsOf } from './results.ts';
import { readServer, type ServerFacts } from './server.ts';
import { type BuildShadow, buildThrowawayShadow, type Shadow } from './shadow.ts';
import { type Target, targetAt } from './target.ts';
import { type IndexUse, indexUseResult, readIndexUse } from './unusedIndexes.ts';

const STATEMENT_TIMEOUT_MS = 30_000;
const ATTEMPTS = 3;

export interface InspectOptions {
  readonly url: string;
  readonly config: VerifyConfig;
  /** What the server is like; found out where it is absent. */
  readonly bootstrap?: 'plain' | 'supabase';
  /** What is there beside ours fails. Default false. */
  readonly strict?: boolean;
  /** Milliseconds that one statement may take. Default 30,000. */
  readonly statementTimeoutMs?: number;
  /** Default: on a throwaway server. */
  readonly buildShadow?: BuildShadow;
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
  const { server, bootstrap, results, outline } = await inspectSteadily(target, folder, options);
  const elapsedMs = performance.now() - started;
  const about = { postgresMajor: server.major, bootstrap, target: target.where, elapsedMs };
  return reportOf(results, { ...about, ...(outline && { outline }) });
}

interface Inspected {
  readonly server: ServerFacts;
  readonly bootstrap: 'plain' | 'supabase';
  readonly results: readonly CheckResult[];
  readonly outline?: Outline;
}

/** Begins again where a migration was applied meanwhile: catalog and ledger have to be of one moment. */
async function inspectSteadily(target: Target, folder: MigrationFolder, options: InspectOptions): Promise<Inspected> {
  for (let attempt = 1; ; attempt += 1) {
    options.onPhase?.(`connecting to ${target.where}`);
    const origin = await target.readOnly(async (transaction) => ({
      server: await readServer(transaction),
      ledger: await readLedger(transaction),
    }));
    const { server, ledger } = origin;
    const bootstrap = options.bootstrap ?? server.bootstrap;
    const to = planOf(folder, ledger)?.applied.at(-1)?.tag;
    const shadow = await shadowOf(ledger, to, { ...options, bootstrap, major: server.major });
    options.onPhase?.(`reading ${target.where}`);
    const live = await readLive(target, options.config);
    const moved = isRead(live.ledger) && JSON.stringify(live.ledger) !== JSON.stringify(ledger);
    if (moved && attempt < ATTEMPTS) continue;
    const steady: Read<Shadow> = moved ? { reason: 'the ledger kept changing while it was inspected' } : shadow;
    const results = judge(folder, live, steady, server, options);
    return { server, bootstrap, results, ...(isRead(live.catalog) && { outline: outlineOf(live.catalog.value) }) };
  }
}

type ShadowWish = Pick<InspectOptions, 'config' | 'buildShadow' | 'onPhase'> & Pick<ServerFacts, 'bootstrap' | 'major'>;

async function shadowOf(ledger: Read<unknown>, to: string | undefined, wish: ShadowWish): Promise<Read<Shadow>> {
  if (!isRead(ledger)) return { reason: `the ledger could not be read: ${ledger.reason}` };
  if (to === undefined) return { reason: 'no migration of the folder is recorded there: nothing says what to expect' };
  const { bootstrap, major, config, buildShadow = buildThrowawayShadow, onPhase } = wish;
  onPhase?.(`building what the migrations make up to ${to} (${bootstrap})`);
  try {
    return { value: await buildShadow({ folder: config.migrations, to, bootstrap, major, schemas: config.schemas }) };
  } catch (error) {
    return { reason: `what to expect could not be built: ${messageOf(error)}` };
  }
}

interface Live {
  readonly ledger: Read<LedgerRow[] | undefined>;
  readonly catalog: Read<Catalog>;
  readonly indexUse: Read<IndexUse>;
  readonly powers: Read<RolePowers[]>;
  /** Of the project's own checks. */
  readonly own: readonly CheckResult[];
}

/** All but the catalog, whose reader opens a transaction of its own, is read in one. */
async function readLive(target: Target, { schemas, security, live = [] }: VerifyConfig): Promise<Live> {
  const catalog = await reasoned(() =>
    target.lend(async (sql) => ({
      value: await readCatalog(sql, { schemas, statementTimeoutMs: target.statementTimeoutMs }),
    })),
  );
  const rest = await reasoned(() =>
    target.readOnly(async (transaction) => ({
      value: {
        ledger: await readLedger(transaction),
        indexUse: await readIndexUse(transaction, schemas),
        powers: await readPowers(transaction, schemas, security?.clients ?? []),
        own: await inTurn(live.map((check) => () => check.inspect(transaction))),
      },
    })),
  );
  if (isRead(rest)) return { catalog, ...rest.value };
  const own = live.map((check) => check.notRun(rest.reason));
  return { catalog, ledger: rest, indexUse: rest, powers: rest, own };
}

/** One after the other: they share a connection. */
async function inTurn<T>(tasks: readonly (() => Promise<T>)[]): Promise<T[]> {
  const results: T[] = [];
  for (const task of tasks) results.push(await task());
  return results;
}

async function reasoned<T>(read: () => Promise<Read<T>>): Promise<Read<T>> {
  try {
    return await read();
  } catch (error) {
    return { reason: messageOf(error) };
  }
}

function judge(
  folder: MigrationFolder,
  live: Live,
  shadow: Read<Shadow>,
  { major }: ServerFacts,
  { strict = false, config }: InspectOptions,
): CheckResult[] {
  const { catalog, ledger } = live;
  const drift: Read<Drift> = !isRead(catalog)
    ? catalog
    : !isRead(shadow)
      ? shadow
      : { value: driftOf(shadow.value, catalog.value, major) };
  const expected = isRead(drift) ? drift.value.expected : undefined;
  return [
    ...ledgerResults(ledger, planOf(folder, ledger)),
    ...(isRead(drift)
      ? drift.value.results
      : [resultsOf('drift').notRun('the schema is what the migrations make', drift.reason)]),
    ...(isRead(catalog)
      ? healthResults(catalog.value, expected)
      : [resultsOf('health').notRun('indexes, constraints, triggers', catalog.reason)]),
    indexUseResult(live.indexUse),
    ...powersResults(live.powers, config.security?.clients ?? []),
    ...live.own,
    ...(isRead(drift) ? extraResults(drift.value.extras, drift.value.platform, strict) : []),
  ];
}
