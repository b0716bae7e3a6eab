import { setTimeout as sleep } from 'node:timers/promises';

const DAY_MS = 86_400_000;
/** Longer than what is counted by one UTC day takes. */
const NEEDED_MS = 60_000;

/** Lets a midnight of UTC that is near go by: the quota is of one day, and would begin anew in the midst of a proof. */
export async function withinADay(): Promise<void> {
  const leftMs = DAY_MS - (Date.now() % DAY_MS);
  if (leftMs < NEEDED_MS) await sleep(leftMs + 1_000);
}
