import type { Check, Subject } from '../check.ts';
import type { Ground } from './ground.ts';
import type { Mutant } from './mutant.ts';

/** A check, and where it works. */
export interface Proof {
  readonly ground: Ground;
  readonly subject: Subject;
  readonly check: Check;
}

/** Whether a check does what the object is for, or reads the catalog: only the first is a proof of behaviour. */
export function behaviouralProofs(grounds: readonly Ground[]): Proof[] {
  return grounds.flatMap((ground) =>
    ground.subjects.flatMap((subject) =>
      subject.checks
        .filter((check) => (check.looksAt ?? subject.looksAt ?? 'behaviour') === 'behaviour')
        .map((check) => ({ ground, subject, check })),
    ),
  );
}

/** Which proofs killed the mutants before: what caught a mistake once is likely to catch the next of its kind. */
export class Experience {
  readonly #kills = new Map<string, number>();
  readonly #elapsedMs = new Map<Check, number>();

  /** How long the check took. */
  time({ check }: Proof, elapsedMs: number): void {
    this.#elapsedMs.set(check, elapsedMs);
  }

  learn(mutant: Mutant, proof: Proof): void {
    for (const key of experiences(mutant, proof)) this.#kills.set(key, (this.#kills.get(key) ?? 0) + 1);
  }

  /** Those that can feel the mutant; their order has no part in the verdict, only in how soon it is there. */
  ordered(proofs: readonly Proof[], mutant: Mutant): Proof[] {
    const names = namesOf(mutant.object);
    const able = proofs.filter(({ subject }) => subject.feels?.includes(mutant.kind) ?? true);
    const rank = new Map(able.map((proof) => [proof, this.#rank(proof, mutant, names)]));
    return able.toSorted((a, b) => (rank.get(b) ?? 0) - (rank.get(a) ?? 0));
  }

  #rank(proof: Proof, mutant: Mutant, names: readonly string[]): number {
    const learnt = experiences(mutant, proof).map((key, n) => (n + 1) * Math.log2(1 + (this.#kills.get(key) ?? 0)));
    const promise = relevance(proof.check, mutant, names) + learnt.reduce((sum, one) => sum + one, 0);
    return promise - Math.log2(1 + (this.#elapsedMs.get(proof.check) ?? 0));
  }
}

function experiences(mutant: Mutant, { subject, check }: Proof): string[] {
  return [
    `${mutant.kind} ${mutant.operator}: ${subject.name}`,
    `${mutant.object}: ${subject.name}: ${check.name}`,
    `${mutant.object} ${mutant.operator}: ${subject.name}: ${check.name}`,
  ];
}

function relevance({ name, proves }: Check, { object }: Mutant, names: readonly string[]): number {
  if (proves?.includes(object)) return 8;
  const words = new Set(name.split(/[^A-Za-z0-9_]+/));
  return names.filter((own) => words.has(own)).length * 2;
}

/** `column public.uploads.title` → uploads, title. */
function namesOf(object: string): string[] {
  const words = object
    .split(' ')
    .slice(1)
    .join(' ')
    .replace(/\(.*\)/, '')
    .split(/[^A-Za-z0-9_]+/);
  return words.filter((word) => !['public', 'on', 'to', 'table', 'column', 'function', 'schema', ''].includes(word));
}
