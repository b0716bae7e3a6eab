import postgres from 'postgres';
import {
  type Check,
  type CheckResult,
  type Observation,
  type OpenDatabase,
  type Outcome,
  ProofFailed,
  type Subject,
  type TestDatabase,
} from './check.ts';
import { messageOf } from './errors.ts';
import type { Evidence } from './evidence.ts';

export interface RunOptions {
  /** How many databases are used at the same time. */
  readonly jobs: number;
  readonly onResult?: (result: CheckResult) => void;
}

/** Runs every check of the subjects concurrently. The results have the order of the subjects. Never rejects. */
export async function run(
  subjects: readonly Subject[],
  open: OpenDatabase,
  options: RunOptions,
): Promise<CheckResult[]> {
  const { jobs, onResult } = options;
  const units = subjects.flatMap(unitsOf);
  // Start subjects with one database for each check first: they are the slow ones.
  const rank = ({ subject }: Unit) => (subject.database === 'each' ? 0 : 1);
  const queue = units.toSorted((a, b) => rank(a) - rank(b));
  const results = new Map<Unit, CheckResult[]>();
  const worker = async () => {
    for (let unit = queue.shift(); unit !== undefined; unit = queue.shift())
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

async function runUnit(
  { subject, checks }: Unit,
  open: OpenDatabase,
  onResult: RunOptions['onResult'],
): Promise<CheckResult[]> {
  const results: CheckResult[] = [];
  const add = (result: CheckResult) => {
    results.push(result);
    onResult?.(result);
  };
  try {
    await using database = await open(subject.startsFrom);
    await subject.prepare?.(database);
    for (const check of checks) add(await runCheck(subject, check, database));
  } catch (error) {
    const reason = `the database could not be prepared: ${messageOf(error)}`;
    for (const { name } of checks.slice(results.length))
      add({ subject: subject.name, name, elapsedMs: 0, status: 'not run', reason });
  }
  return results;
}

/** Runs one check in a database that `prepare` of its subject has prepared. Never rejects. */
export async function runCheck(subject: Subject, check: Check, database: TestDatabase): Promise<CheckResult> {
  const started = performance.now();
  const finish = (result: Outcome, evidence: readonly Evidence[] = []): CheckResult => ({
    ...{ subject: subject.name, name: check.name, elapsedMs: performance.now() - started },
    ...result,
    ...(evidence.length > 0 && { evidence }),
  });
  const fail = (differences: readonly Observation[], evidence: readonly Evidence[] = []) => {
    const severity = check.severity ?? subject.severity ?? 'medium';
    return finish({ status: 'failed', severity, differences, fix: check.fix }, evidence);
  };
  try {
    const observations = await check.prove(database);
    const evidence = observations.flatMap((observation) => observation.evidence ?? []);
    if (observations.length === 0) return fail([{ what: 'observations', expected: 'at least one', actual: 'none' }]);
    const differences = observations.filter(({ expected, actual }) => expected !== actual);
    if (differences.length > 0) return fail(differences, evidence);
    return finish({ status: 'passed', observations: observations.length }, evidence);
  } catch (error) {
    const difference = asDifference(error);
    return difference === undefined ? finish({ status: 'not run', reason: messageOf(error) }) : fail([difference]);
  }
}

// Lost connections, missing resources, shutdowns and system errors are no fault of the schema.
const ENVIRONMENT_CLASSES = new Set(['08', '53', '57', '58']);

/** The observation for an error that fails the check; undefined for an error that makes it "not run". */
function asDifference(error: unknown): Observation | undefined {
  if (error instanceof ProofFailed) return error.observation;
  if (!(error instanceof postgres.PostgresError) || ENVIRONMENT_CLASSES.has(error.code.slice(0, 2))) return undefined;
  return { what: 'the check', expected: 'no error', actual: `${error.code}: ${error.message}` };
}
