/** What stands beside what: `limit` cannot be beaten by doing the same work, `control` does none of it. */
export type Role = 'limit' | 'ours' | 'rival' | 'control';

/** One way of doing the work. `S` is what one measurement of it gives. */
export interface Contender<S> {
  readonly name: string;
  readonly role: Role;
  /** Once, before its first round. */
  setup?(): Promise<void>;
  /** One measurement; what must not be timed is its own to do before and after. */
  run(): Promise<S>;
  /** Once, after its last round, also when a round failed. */
  teardown?(): Promise<void>;
}

/** A contender's samples, one a round: the n-th of each contender were taken side by side. */
export interface Measured<S> {
  readonly name: string;
  readonly role: Role;
  readonly samples: readonly S[];
}

export interface Rounds {
  readonly rounds: number;
  /** Rounds that are run first and thrown away. */
  readonly warmUp: number;
  /** Gets `round 3 of 15`. */
  readonly onRound?: (text: string) => void;
}

/**
 * Measures the contenders in turn, A B C, B C A, …: what the machine does meanwhile hits them alike, and none of them
 * always follows the same neighbour.
 */
export async function interleave<S>(contenders: readonly Contender<S>[], plan: Rounds): Promise<Measured<S>[]> {
  const samples = new Map<Contender<S>, S[]>(contenders.map((contender) => [contender, []]));
  const started: Contender<S>[] = [];
  try {
    for (const contender of contenders) {
      started.push(contender);
      await contender.setup?.();
    }
    for (let round = 0; round < plan.warmUp + plan.rounds; round++) {
      const warm = round >= plan.warmUp;
      plan.onRound?.(warm ? `round ${round - plan.warmUp + 1} of ${plan.rounds}` : 'warm-up');
      for (const contender of rotated(contenders, round)) {
        const sample = await contender.run();
        if (warm) samples.get(contender)?.push(sample);
      }
    }
  } finally {
    // A connection that does not close costs no figure, and hides no failure.
    await Promise.allSettled(started.map((contender) => contender.teardown?.()));
  }
  return contenders.map((it) => ({ name: it.name, role: it.role, samples: samples.get(it) ?? [] }));
}

/** The same for groups that are reported apart, all in the same rounds, so that groups can be held against each other. */
export async function interleaveGroups<S>(
  groups: readonly (readonly Contender<S>[])[],
  plan: Rounds,
): Promise<Measured<S>[][]> {
  const measured = (await interleave(groups.flat(), plan)).values();
  return groups.map((group) => Array.from(group, () => measured.next().value).filter((it) => it !== undefined));
}

function rotated<T>(items: readonly T[], by: number): T[] {
  const start = by % Math.max(items.length, 1);
  return [...items.slice(start), ...items.slice(0, start)];
}
