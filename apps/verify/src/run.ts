import postgres from 'postgres';
import {
  type Check,
  type CheckResult,
  type Observation,
  type OpenScene,
  type Outcome,
  ProofFailed,
  type Scene,
  type Subject,
} from './check.ts';
import type { Evidence } from './evidence.ts';

export interface RunOptions {
  /** How many databases are worked in at once. */
  readonly jobs: number;
  /** Subjects that are not known yet; proved once they are. */
  readonly later?: Promise<readonly Subject[]>;
  readonly onResult?: (result: CheckResult) => void;
}

/**
 * Proves every check of the subjects, side by side; the results are in the order of the subjects, and then of those that
 * came later. Rejects only if `later` does.
 */
export async function run(subjects: readonly Subject[], open: OpenScene, options: RunOptions): Promise<CheckResult[]> {
  const { jobs, later = Promise.resolve([]), onResult } = options;
  const units = subjects.flatMap(unitsOf);
  const queue = longestFirst(units);
  const rest = later.then((more) => {
    const others = more.flatMap(unitsOf);
    units.push(...others);
    queue.push(...longestFirst(others));
  });
  const results = new Map<Unit, CheckResult[]>();
  const next = async () => queue.shift() ?? (await rest.then(() => queue.shift()));
  const worker = async () => {
    for (let unit = await next(); unit !== undefined; unit = await next())
      results.set(unit, await runUnit(unit, open, onResult));
  };
  await Promise.all(Array.from({ length: jobs }, worker));
  return units.flatMap((unit) => results.get(unit) ?? []);
}

/** Checks that share a database. */
interface Unit {
  readonly subject: Subject;
  readonly checks: readonly Check[];
}

function unitsOf(subject: Subject): Unit[] {
  if (subject.database === 'shared') return [{ subject, checks: subject.checks }];
  return subject.checks.map((check) => ({ subject, checks: [check] }));
}

/** Whoever works in a database of their own may be long: they begin while there is other work to do beside them. */
function longestFirst(units: readonly Unit[]): Unit[] {
  const rank = ({ subject }: Unit) => (subject.database === 'each' ? 0 : 1);
  return units.toSorted((a, b) => rank(a) - rank(b));
}

async function runUnit(
  { subject, checks }: Unit,
  open: OpenScene,
  onResult: RunOptions['onResult'],
): Promise<CheckResult[]> {
  const results: CheckResult[] = [];
  const report = (result: CheckResult) => {
    results.push(result);
    onResult?.(result);
  };
  try {
    await using scene = await open(subject.startsFrom);
    await subject.prepare?.(scene);
    for (const check of checks) report(await runCheck(subject, check, scene));
  } catch (error) {
    const reason = `its database could not be had: ${messageOf(error)}`;
    const left = checks.slice(results.length);
    for (const { name } of left) report({ subject: subject.name, name, elapsedMs: 0, status: 'not run', reason });
  }
  return results;
}

/** Proves one check in a scene that its subject has prepared. Never rejects. */
export async function runCheck(subject: Subject, check: Check, scene: Scene): Promise<CheckResult> {
  const started = performance.now();
  const finish = (result: Outcome, evidence: readonly Evidence[] = []): CheckResult => ({
    subject: subject.name,
    name: check.name,
    elapsedMs: performance.now() - started,
    ...result,
    ...(evidence.length > 0 && { evidence }),
  });
  try {
    const observations = await check.prove(scene);
    const evidence = observations.flatMap((observation) => observation.evidence ?? []);
    const differences = differencesOf(observations);
    if (differences.length === 0) return finish({ status: 'passed', observations: observations.length }, evidence);
    return finish({ status: 'failed', differences, fix: check.fix }, evidence);
  } catch (error) {
    const difference = asDifference(error);
    if (difference === undefined) return finish({ status: 'not run', reason: messageOf(error) });
    return finish({ status: 'failed', differences: [difference], fix: check.fix });
  }
}

function differencesOf(observations: readonly Observation[]): readonly Observation[] {
  if (observations.length === 0) return [{ what: 'observations', expected: 'at least one', actual: 'none' }];
  return observations.filter(({ expected, actual }) => expected !== actual);
}

// Connection and resource errors and shutdowns say nothing about the schema.
const ENVIRONMENT_CLASSES = new Set(['08', '53', '57', '58']);

/** What was thrown as evidence against the thing to be proved; undefined where it is none. */
function asDifference(error: unknown): Observation | undefined {
  if (error instanceof ProofFailed) return error.observation;
  if (!(error instanceof postgres.PostgresError) || ENVIRONMENT_CLASSES.has(error.code.slice(0, 2))) return undefined;
  return { what: 'the proof', expected: 'runs to its end', actual: `${error.code}: ${error.message}` };
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
