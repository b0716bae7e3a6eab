import { type Catalog, readCatalog } from '@app/catalog';
import type { OpenScene, Subject } from '../check.ts';
import { subjectsOf } from '../checks/index.ts';
import { driftOf } from '../inspect/drift.ts';
import type { Project } from '../project.ts';
import { runCheck } from '../run.ts';
import { trialOf } from './application.ts';
import { type Ending, type Ground, layGrounds } from './ground.ts';
import { type Court, judge, type Verdict } from './judge.ts';
import type { Mutant } from './mutant.ts';
import { mutantsOf } from './mutants.ts';
import { behaviouralProofs, Experience, type Proof } from './proofs.ts';
import { sampleOf } from './sample.ts';
import { type MutationReport, mutationReport, type Thresholds } from './score.ts';

export interface MutateOptions {
  readonly project: Project;
  readonly open: OpenScene;
  readonly postgresMajor: number;
  readonly thresholds: Thresholds;
  /** How many databases are worked in at once. */
  readonly jobs: number;
  /** Default: those of the project. */
  readonly subjects?: readonly Subject[];
  /** Kinds of objects (`index`), single ones by their key (`index public.idx_uploads_user_id`), or single mutants by theirs. Default: all. */
  readonly only?: readonly string[];
  readonly sample?: { readonly size: number; readonly seed: number };
  readonly onPhase?: (text: string) => void;
  readonly onVerdict?: (verdict: Verdict, done: number, total: number) => void;
}

/**
 * Makes mistakes in the migrated database, one at a time, and counts which of them are seen.
 * @throws Error when a proof fails without any mistake: nothing could be told from its failing with one
 */
export async function mutate(options: MutateOptions): Promise<MutationReport> {
  const started = performance.now();
  const { project, only, sample, thresholds, open } = options;
  const { subjects = subjectsOf(project.config, project) } = options;
  // A mutant's key begins with the key of its object, and that with its kind.
  const isChosen = (key: string) => only?.some((chosen) => key === chosen || key.startsWith(`${chosen} `)) ?? true;
  const endings: Ending[] = [];
  try {
    options.onPhase?.('laying out databases');
    const court = await convene(await layGrounds(subjects, open, endings), options, endings);
    const mutants = mutantsOf(project, court.original).filter(({ key }) => isChosen(key));
    if (mutants.length === 0)
      throw new Error(`there is nothing to change${only ? ` of these: ${only.join(', ')}` : ''}`);
    const chosen = sample === undefined ? mutants : sampleOf(mutants, sample.size, sample.seed);
    const verdicts = await judgeAll(chosen, court, options);
    const explanations = Object.entries(project.config.survivors ?? {}).filter(([key]) => isChosen(key));
    return mutationReport(verdicts, {
      ...{ mutants, explanations: Object.fromEntries(explanations), thresholds },
      elapsedMs: performance.now() - started,
      ...(sample && { seed: sample.seed }),
    });
  } finally {
    for (const end of endings.reverse()) await end();
  }
}

async function convene(
  grounds: readonly Ground[],
  { project, open, postgresMajor, onPhase }: MutateOptions,
  endings: Ending[],
): Promise<Court> {
  const { schemas } = project.config;
  const proofs = behaviouralProofs(grounds);
  onPhase?.(`running ${proofs.length} proofs of behaviour without a mutant`);
  const experience = new Experience();
  await Promise.all(
    grounds.map((ground) =>
      unmutated(
        proofs.filter((proof) => proof.ground === ground),
        experience,
      ),
    ),
  );
  const before = await catalogIn(open, schemas);
  const scene = await open('migrated');
  endings.push(() => scene[Symbol.asyncDispose]());
  const original = await readCatalog(scene.superuser, { schemas });
  const shadow = { before, after: original, major: postgresMajor };
  const driftIn = (live: Catalog) =>
    driftOf(shadow, live, postgresMajor).results.find(({ status }) => status !== 'passed')?.name;
  return { proofs, experience, original, trial: (mutant) => trialOf(mutant, scene, schemas), driftIn };
}

async function unmutated(proofs: readonly Proof[], experience: Experience): Promise<void> {
  const [first] = proofs;
  if (first === undefined) return;
  await using scene = await first.ground.clone();
  for (const proof of proofs) {
    const { subject, check } = proof;
    const result = await runCheck(subject, check, scene);
    experience.time(proof, result.elapsedMs);
    if (result.status !== 'passed')
      throw new Error(`without a mutant, ${subject.name}: ${check.name} ${result.status}`);
  }
}

/** Of a database before the first migration. */
async function catalogIn(open: OpenScene, schemas: readonly string[]): Promise<Catalog> {
  await using scene = await open('empty');
  return await readCatalog(scene.superuser, { schemas });
}

async function judgeAll(
  mutants: readonly Mutant[],
  court: Court,
  { jobs, onVerdict }: MutateOptions,
): Promise<Verdict[]> {
  const verdicts: Verdict[] = [];
  const queue = mutants.entries();
  const worker = async () => {
    for (const [index, mutant] of queue) {
      const verdict = await judge(mutant, court);
      verdicts[index] = verdict;
      onVerdict?.(verdict, verdicts.filter(Boolean).length, mutants.length);
    }
  };
  await Promise.all(Array.from({ length: jobs }, worker));
  return verdicts;
}
