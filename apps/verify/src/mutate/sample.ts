import type { Mutant } from './mutant.ts';

/**
 * So many of the mutants, the same for the same seed: one of each operator and kind first, then any of the rest; in the
 * order that they came in.
 */
export function sampleOf(mutants: readonly Mutant[], size: number, seed: number): Mutant[] {
  const shuffled = shuffle(mutants, seed);
  const firsts = new Map(shuffled.map((mutant) => [`${mutant.kind} ${mutant.operator}`, mutant]));
  const first = new Set(firsts.values());
  const drawn = new Set([...first, ...shuffled.filter((mutant) => !first.has(mutant))].slice(0, size));
  return mutants.filter((mutant) => drawn.has(mutant));
}

function shuffle<Item>(items: readonly Item[], seed: number): Item[] {
  const random = randomFrom(seed);
  return items
    .map((item) => ({ item, place: random() }))
    .sort((a, b) => a.place - b.place)
    .map(({ item }) => item);
}

/** Numbers from 0 to 1 (mulberry32): no library is worth a shuffle. */
function randomFrom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
