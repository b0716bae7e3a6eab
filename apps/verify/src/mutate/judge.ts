import { type Catalog, diffCatalogs } from '@app/catalog';
import type { Scene } from '../check.ts';
import { runCheck } from '../run.ts';
import { refusalOf } from './application.ts';
import type { Mutant } from './mutant.ts';
import type { Experience, Proof } from './proofs.ts';

export interface Verdict {
  readonly mutant: Mutant;
  /** `refused`: the server does not take it. `equivalent`: the catalog is the same with it. */
  readonly outcome: 'judged' | 'refused' | 'equivalent';
  /** Why it was refused. */
  readonly reason?: string;
  /** What killed it; undefined where it survived. */
  readonly drift?: string | undefined;
  readonly behaviour?: string | undefined;
  /** Proofs that could not be run on it. */
  readonly notRun?: readonly string[];
}

export interface Court {
  readonly proofs: readonly Proof[];
  readonly experience: Experience;
  /** The catalog without a mutant. */
  readonly original: Catalog;
  /** The catalog with the mutant in it, or why the server refuses it; takes it back. */
  readonly trial: (mutant: Mutant) => Promise<Catalog | string>;
  /** What drift inspection finds in the catalog of a mutated database; undefined for nothing. */
  readonly driftIn: (live: Catalog) => string | undefined;
}

/** Applies the mutant in clones of the migrated database and looks for what kills it. */
export async function judge(mutant: Mutant, court: Court): Promise<Verdict> {
  const ordered = court.experience.ordered(court.proofs, mutant);
  await using scenes = new MutatedScenes(mutant);
  const live = await court.trial(mutant);
  if (typeof live === 'string') return { mutant, outcome: 'refused', reason: live };
  if (diffCatalogs(court.original, live).length === 0) return { mutant, outcome: 'equivalent' };
  const drift = court.driftIn(live);
  return { mutant, outcome: 'judged', drift, ...(await killed(ordered, mutant, scenes, court.experience)) };
}

async function killed(
  proofs: readonly Proof[],
  mutant: Mutant,
  scenes: MutatedScenes,
  experience: Experience,
): Promise<Pick<Verdict, 'behaviour' | 'notRun'>> {
  const notRun: string[] = [];
  for (const proof of proofs) {
    const name = `${proof.subject.name}: ${proof.check.name}`;
    const scene = await scenes.of(proof);
    const result = typeof scene === 'string' ? undefined : await runCheck(proof.subject, proof.check, scene);
    if (result?.status === 'failed') {
      experience.learn(mutant, proof);
      return { behaviour: name };
    }
    if (result?.status !== 'passed') notRun.push(`${name}: ${result?.reason ?? scene}`);
  }
  return { behaviour: undefined, ...(notRun.length > 0 && { notRun }) };
}

/** One clone of each ground that is asked for, with the mutant in it. */
class MutatedScenes {
  readonly #mutant: Mutant;
  readonly #scenes = new Map<Proof['ground'], Promise<(Scene & AsyncDisposable) | string>>();
  readonly #opened: AsyncDisposable[] = [];

  constructor(mutant: Mutant) {
    this.#mutant = mutant;
  }

  /** The scene, or why the server refused the mutant. */
  of({ ground }: Proof): Promise<(Scene & AsyncDisposable) | string> {
    const scene = this.#scenes.get(ground) ?? this.#open(ground);
    this.#scenes.set(ground, scene);
    return scene;
  }

  async #open(ground: Proof['ground']): Promise<(Scene & AsyncDisposable) | string> {
    const scene = await ground.clone();
    this.#opened.push(scene);
    return (await refusalOf(this.#mutant, scene)) ?? scene;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(this.#opened.map((scene) => scene[Symbol.asyncDispose]()));
  }
}
