import { startThrowawayServer } from '@app/local-postgres';
import type { CheckResult, OpenScene, Subject } from './check.ts';
import { migrationsOf, subjectsOf } from './checks/index.ts';
import type { VerifyConfig } from './config.ts';
import { coverageOf, coverageResults } from './coverage.ts';
import { type Project, readProject } from './project.ts';
import { outlineOf } from './report/outline.ts';
import { type Report, reportOf } from './report/report.ts';
import { run } from './run.ts';
import { clearedOnSignal } from './scratch/interrupt.ts';
import { openScratch, type ScratchOptions } from './scratch/scratch.ts';
import { databasesOf, SERVER_SETTINGS, stage } from './stage.ts';

/** How many databases are worked in at once: the server's own work is what takes the time, on the machine's cores. */
const JOBS = 4;

export interface VerifyOptions {
  readonly config: VerifyConfig;
  /** Names of the subjects to prove. Default: all. */
  readonly only?: readonly string[];
  /** The checks that take long as well. Default false. */
  readonly thorough?: boolean;
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
  const server = await startThrowawayServer({ bootstrap, settings: SERVER_SETTINGS });
  try {
    const proved = await proveIn(stage(databasesOf(server), config), options);
    return reportOf(proved.results, {
      ...proved.about,
      ...{ postgresMajor: server.major, bootstrap, elapsedMs: performance.now() - started },
    });
  } finally {
    await server.stop();
  }
}

interface Proved {
  readonly results: readonly CheckResult[];
  readonly about: Pick<Report, 'coverage' | 'leftOut' | 'outline'>;
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
    const { results, about } = await proveIn(stage(scratch.databases, config), options);
    const elapsedMs = performance.now() - started;
    return reportOf(results, { ...about, postgresMajor: scratch.major, bootstrap: 'plain', elapsedMs });
  } finally {
    await clear();
    await forget();
  }
}

/** Proves them in databases that `open` makes. Never rejects. */
async function proveIn(open: OpenScene, options: VerifyOptions): Promise<Proved> {
  const { config, only, thorough = false, onSubjects } = options;
  const wantedOf = (subjects: readonly Subject[]) =>
    subjects.filter(({ name }) => only === undefined || only.includes(name) || name === UNREAD);
  const chosenOf = (wanted: readonly Subject[]) => (thorough ? wanted : wanted.flatMap(withoutThorough));
  // While what the migrations make is read, they can be proved themselves.
  const early = chosenOf(wantedOf([migrationsOf(config)]));
  const told = toldLater(options.onResult);
  const planned = readProject(open, config)
    .catch((error: unknown) => error)
    .then((project) => {
      const all = isProject(project)
        ? subjectsOf(config, project)
        : [unread(project), ...subjectsOf(config, undefined)];
      const wanted = wantedOf(all);
      const chosen = chosenOf(wanted);
      onSubjects?.(chosen);
      told.begin();
      return { project, wanted, chosen };
    });
  const later = planned.then(({ chosen }) => chosen.filter(({ name }) => early.every((one) => one.name !== name)));
  const found = await run(early, open, { jobs: JOBS, later, onResult: told.onResult });
  const { project, wanted, chosen } = await planned;
  const place = (result: CheckResult) => chosen.findIndex(({ name }) => name === result.subject);
  const results = found.toSorted((a, b) => place(a) - place(b));
  const leftOut = checksOf(wanted) - checksOf(chosen);
  const about = leftOut > 0 ? { leftOut } : {};
  if (!isProject(project)) return { results, about };
  const outline = outlineOf({ objects: project.made });
  // Of some subjects it would say nothing.
  if (only !== undefined) return { results, about: { ...about, outline } };
  const coverage = coverageOf(project, chosen, results);
  return {
    results: [...results, ...coverageResults(coverage, config.waivers)],
    about: { ...about, outline, coverage },
  };
}

/** Keeps results back until `begin`: whoever is told of them has to know all subjects first. */
function toldLater(tell: VerifyOptions['onResult']) {
  const kept: CheckResult[] = [];
  let begun = false;
  return {
    onResult: (result: CheckResult) => {
      if (begun) tell?.(result);
      else kept.push(result);
    },
    begin: () => {
      begun = true;
      for (const result of kept) tell?.(result);
    },
  };
}

function withoutThorough(subject: Subject): Subject[] {
  const checks = subject.checks.filter((check) => check.thorough !== true);
  return checks.length === 0 ? [] : [{ ...subject, checks }];
}

function checksOf(subjects: readonly Subject[]): number {
  return subjects.reduce((sum, { checks }) => sum + checks.length, 0);
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
