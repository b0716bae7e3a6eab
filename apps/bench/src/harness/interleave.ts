/** The role of a contender: `limit` is the best that the same work can reach; `control` does none of the work. */
export type Role = 'limit' | 'ours' | 'rival' | 'control';

/** One implementation of the work. `S` is the sample of one measurement. */
export interface Contender<S> {
  readonly name: string;
  readonly role: Role;
  /** Runs once, before the first round. */
  setup?(): Promise<void>;
  /** Makes one measurement. It excludes its own preparation and cleanup from the time. */
  run(): Promise<S>;
  /** Runs once, after the last round, also when a round failed. */
  teardown?(): Promise<void>;
}

/** The samples of a contender, one for each round. */
export interface Measured<S> {
  readonly name: string;
  readonly role: Role;
  readonly samples: readonly S[];
}

export interface Rounds {
  readonly rounds: number;
  /** Number of first rounds whose samples are discarded. */
  readonly warmUp: number;
  /** Is called with a text such as `round 3 of 15`. */
  readonly onRound?: (text: string) => void;
}

/**
 * Measures the contenders in rotation, A B C, B C A, …: other load of the machine affects all of them, and no contender always
 * follows the same other one.
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
    // A connection that fails to close must not lose the figures or hide a failure.
    await Promise.allSettled(started.map((contender) => contender.teardown?.()));
  }
  return contenders.map((it) => ({ name: it.name, role: it.role, samples: samples.get(it) ?? [] }));
}

/** As `interleave`, for groups that are reported separately. All groups share the rounds, so that they can be compared. */
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
