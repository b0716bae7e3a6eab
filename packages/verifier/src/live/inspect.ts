import { type Catalog, readCatalog } from '@app/catalog';
import { type MigrationFolder, readFolder } from '@app/migrator';
import { type CheckResult, idOf } from '../check.ts';
import { type LiveCheck, ledgerOf, type VerifyConfig } from '../config.ts';
import { messageOf } from '../errors.ts';
import { type Outline, outlineOf } from '../report/outline.ts';
import { type Report, reportOf, withAccepted } from '../report/report.ts';
import { resultsOf } from '../results.ts';
import { type Drift, findDrift, type Shadow, type StartServer, withShadow } from './drift.ts';
import { extraResults } from './extraObjects.ts';
import { healthResults } from './health.ts';
import { ledgerResults, planOf, readLedger } from './ledger.ts';
import { type LiveConnection, liveConnection } from './liveConnection.ts';
import { isRead, type Read, readServer, type ServerFacts } from './reading.ts';
import { roleAttributes } from './roleAttributes.ts';
import { sequencePositions } from './sequences.ts';
import { unusedIndexes } from './unusedIndexes.ts';

const STATEMENT_TIMEOUT_MS = 30_000;
const ATTEMPTS = 3;

export interface InspectOptions {
  readonly url: string;
  readonly config: VerifyConfig;
  /** The kind of the server. Default: read from the server. */
  readonly bootstrap?: 'plain' | 'supabase';
  /** An object that no migration made is a failure. Default: false. */
  readonly strict?: boolean;
  /** Milliseconds that one statement may take. Default: 30,000. */
  readonly statementTimeoutMs?: number;
  readonly startServer?: StartServer;
  /** Is called with a short text when the next phase begins. */
  readonly onPhase?: (phase: string) => void;
}

/**
 * Compares a live database with the migrations. It never writes to that database.
 * @throws InspectError and MigratorError (of the folder) where nothing could be read; later errors are in the report
 */
export async function inspect(options: InspectOptions): Promise<Report> {
  const started = performance.now();
  const folder = await readFolder(options.config.migrations);
  await using live = liveConnection(options.url, options.statementTimeoutMs ?? STATEMENT_TIMEOUT_MS);
  for (let attempt = 1; ; attempt += 1) {
    const { server, ledgerChanged, results, outline } = await inspectOnce(live, folder, options);
    // A migration was applied meanwhile: the catalog and the ledger that were read may not belong together.
    if (ledgerChanged && attempt < ATTEMPTS) continue;
    return reportOf(withAccepted(results, options.config.accept ?? [], false), {
      ...{ postgresMajor: server.major, bootstrap: server.bootstrap, target: live.where },
      ...{ elapsedMs: performance.now() - started, ...(outline && { outline }) },
    });
  }
}

interface Inspection {
  readonly server: ServerFacts;
  readonly ledgerChanged: boolean;
  readonly results: readonly CheckResult[];
  readonly outline: Outline | undefined;
}

async function inspectOnce(
  live: LiveConnection,
  folder: MigrationFolder,
  options: InspectOptions,
): Promise<Inspection> {
  const { config, onPhase, startServer } = options;
  onPhase?.(`connecting to ${live.where}`);
  const { detected, ledger, variant } = await live.readOnly(async (transaction) => ({
    detected: await readServer(transaction),
    ledger: await readLedger(transaction, ledgerOf(config)),
    variant: (await config.variant?.applies(transaction)) === true ? config.variant : undefined,
  }));
  const checks = [...(config.live ?? []), ...(variant?.live ?? [])];
  const server = { ...detected, bootstrap: options.bootstrap ?? detected.bootstrap };
  const inspectAgainst = async (shadow: Read<Shadow>): Promise<Inspection> => {
    onPhase?.(`reading ${live.where}`);
    const state = await readLive(live, config, checks, onPhase ?? (() => undefined));
    const ledgerChanged = isRead(state.ledger) && JSON.stringify(state.ledger) !== JSON.stringify(ledger);
    const expected: Read<Shadow> = ledgerChanged
      ? { reason: 'the ledger kept changing while it was inspected' }
      : shadow;
    const { results, outline } = await evaluate(state, expected, { folder, server, options });
    const isApplicable = (result: CheckResult) => variant?.inapplicable.includes(idOf(result)) !== true;
    return { server, ledgerChanged, results: results.filter(isApplicable), outline };
  };
  if (!isRead(ledger)) return await inspectAgainst({ reason: `the ledger could not be read: ${ledger.reason}` });
  const to = planOf(folder, ledger)?.applied.at(-1)?.tag;
  if (to === undefined)
    return await inspectAgainst({ reason: 'no migration of the folder is in the ledger, so that nothing is expected' });
  onPhase?.(`building what the migrations make up to ${to} (${server.bootstrap})`);
  let isBuilt = false;
  try {
    return await withShadow(
      { config: historyUpTo(to, config, folder), to, server, variant, startServer },
      async (shadow) => {
        isBuilt = true;
        return await inspectAgainst({ value: shadow });
      },
    );
  } catch (error) {
    if (isBuilt) throw error;
    return await inspectAgainst({ reason: `the expected state could not be built: ${messageOf(error)}` });
  }
}

/** The config, with history ending at `to` where the live database does not have all of it. */
function historyUpTo(to: string, config: VerifyConfig, { migrations }: MigrationFolder): VerifyConfig {
  const indexOf = (tag: string | undefined) => migrations.findIndex((migration) => migration.tag === tag);
  return indexOf(config.after) > indexOf(to) ? { ...config, after: to } : config;
}

/** Reads everything but the catalog in one transaction; the catalog's reader opens another transaction. */
async function readLive(
  live: LiveConnection,
  config: VerifyConfig,
  projectChecks: readonly LiveCheck[],
  onPhase: (phase: string) => void,
) {
  const { schemas, security } = config;
  const checks = [
    ...[sequencePositions(schemas), unusedIndexes(schemas)],
    ...(security?.clients.length ? [roleAttributes(schemas, security.clients)] : []),
    ...projectChecks,
  ];
  const catalog = await readOrReason<Catalog>(() =>
    live.lend((sql) => readCatalog(sql, { schemas, statementTimeoutMs: live.statementTimeoutMs })),
  );
  const rest = await readOrReason(() =>
    live.readOnly(async (transaction) => {
      const ledger = await readLedger(transaction, ledgerOf(config));
      const checked: CheckResult[] = [];
      for (const check of checks) checked.push(await check.inspect(transaction, onPhase));
      return { ledger, checked };
    }),
  );
  if (isRead(rest)) return { catalog, ...rest.value };
  return { catalog, ledger: rest, checked: checks.map((check) => check.notRun(rest.reason)) };
}

async function readOrReason<T>(read: () => Promise<T>): Promise<Read<T>> {
  try {
    return { value: await read() };
  } catch (error) {
    return { reason: messageOf(error) };
  }
}

interface EvaluationContext {
  readonly folder: MigrationFolder;
  readonly server: ServerFacts;
  readonly options: InspectOptions;
}

/** Evaluates every check of what was read. A check whose input could not be read is "not run". */
async function evaluate(
  state: Awaited<ReturnType<typeof readLive>>,
  shadow: Read<Shadow>,
  { folder, server, options: { config, strict = false } }: EvaluationContext,
): Promise<Pick<Inspection, 'results' | 'outline'>> {
  const { catalog } = state;
  const { after, schemas } = config;
  const drift: Read<Drift> = !isRead(catalog)
    ? catalog
    : isRead(shadow)
      ? { value: await findDrift(shadow.value, catalog.value, server.major, schemas) }
      : shadow;
  const results = [
    ...ledgerResults(state.ledger, planOf(folder, state.ledger), { ledger: ledgerOf(config), folder, after }),
    ...(isRead(drift)
      ? drift.value.results
      : [resultsOf('drift').notRunResult('the schema is what the migrations make', drift.reason)]),
    ...(isRead(catalog)
      ? healthResults(catalog.value, isRead(drift) ? drift.value.expected : undefined)
      : [resultsOf('health').notRunResult('indexes, constraints, triggers', catalog.reason)]),
    ...state.checked,
    ...(isRead(drift) ? extraResults(drift.value.extras, drift.value.platform, strict) : []),
  ];
  const { differing, expected } = isRead(drift) ? drift.value : {};
  return { results, outline: isRead(catalog) ? outlineOf(catalog.value, differing, expected) : undefined };
}
