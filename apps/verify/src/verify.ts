import { startThrowawayServer } from '@app/local-postgres';
import type { CheckResult, OpenScene, Subject } from './check.ts';
import { subjectsOf } from './checks/index.ts';
import type { VerifyConfig } from './config.ts';
import { type Coverage, coverageOf, coverageResults } from './coverage.ts';
import { type Project, readProject } from './project.ts';
import { type Report, reportOf } from './report/report.ts';
import { run } from './run.ts';
import { clearedOnSignal } from './scratch/interrupt.ts';
import { openScratch, type ScratchOptions } from './scratch/scratch.ts';
import { databasesOf, stage } from './stage.ts';

/** How many databases are worked in at once: the server's own work is what takes the time, on the machine's cores. */
const JOBS = 4;

export interface VerifyOptions {
  readonly config: VerifyConfig;
  /** Names of the subjects to prove. Default: all. */
  readonly only?: readonly string[];
  /** Default: the config's. */
  readonly bootstrap?: 'plain' | 'supabase';
  /** Told what will be proved, once that is known. */
  readonly onSubjects?: (subjects: readonly Subject[]) => void;
  readonly onResult?: (result: CheckResult) => void;
}

/**
 * Proves the subjects on a throwaway server.
 * @throws LocalPostgresError where no server can be started; anything later is in the report
 */
export async function verify(options: VerifyOptions): Promise<Report> {
  const { config, bootstrap = config.bootstrap ?? 'plain' } = options;
  const started = performance.now();
  const server = await startThrowawayServer({ bootstrap });
  try {
    const { results, coverage } = await proveIn(stage(databasesOf(server), config), options);
    const elapsedMs = performance.now() - started;
    return reportOf(results, { postgresMajor: server.major, bootstrap, elapsedMs, ...(coverage && { coverage }) });
  } finally {
    await server.stop();
  }
}

interface Proved {
  readonly results: readonly CheckResult[];
  readonly coverage?: Coverage;
}

/**
 * Proves the subjects in scratch databases on somebody's server, and drops them.
 * @throws ScratchError where none can be had; anything later is in the report
 */
export async function verifyInScratch(
  options: VerifyOptions,
  { url, createRoles }: Pick<ScratchOptions, 'url' | 'createRoles'>,
): Promise<Report> {
  const { config } = options;
  const started = performance.now();
  const scratch = await openScratch({ url, createRoles, wantsPlatform: config.bootstrap === 'supabase' });
  const clear = async () => {
    await scratch[Symbol.asyncDispose]();
  };
  const forget = clearedOnSignal(clear);
  try {
    const { results, coverage } = await proveIn(stage(scratch.databases, config), options);
    const elapsedMs = performance.now() - started;
    const { major: postgresMajor } = scratch;
    return reportOf(results, { postgresMajor, bootstrap: 'plain', elapsedMs, ...(coverage && { coverage }) });
  } finally {
    await clear();
    forget();
  }
}

/** Proves them in databases that `open` makes. Never rejects. */
async function proveIn(open: OpenScene, options: VerifyOptions): Promise<Proved> {
  const { config, only, onSubjects, onResult } = options;
  const project = await readProject(open, config).catch((error: unknown) => error);
  const subjects = isProject(project)
    ? subjectsOf(config, project)
    : [unread(project), ...subjectsOf(config, undefined)];
  const chosen = subjects.filter(({ name }) => only === undefined || only.includes(name) || name === UNREAD);
  onSubjects?.(chosen);
  const results = await run(chosen, open, { jobs: JOBS, ...(onResult && { onResult }) });
  // Of some subjects it would say nothing.
  if (only !== undefined || !isProject(project)) return { results };
  const coverage = coverageOf(project, chosen, results);
  return { results: [...results, ...coverageResults(coverage, config.waivers)], coverage };
}

function isProject(project: unknown): project is Project {
  return !(project instanceof Error) && typeof project === 'object';
}

const UNREAD = 'objects';

/** In the place of everything that would have been derived. */
function unread(error: unknown): Subject {
  const prove = () => Promise.reject(error);
  const check = {
    name: 'what the migrations make is read, and proofs are made of it',
    fix: 'mend what the reason says',
    prove,
  };
  return { name: UNREAD, startsFrom: 'empty', database: 'shared', checks: [check] };
}
