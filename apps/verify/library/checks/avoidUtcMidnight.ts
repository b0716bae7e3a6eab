import { setTimeout as sleep } from 'node:timers/promises';

const DAY_MS = 86_400_000;
/** Longer than any check takes that counts the uploads of one day. */
const NEEDED_MS = 60_000;

/** Waits until the next UTC day where this one is about to end: the quota would begin anew in the middle of a check. */
export async function avoidUtcMidnight(): Promise<void> {
  const leftMs = DAY_MS - (Date.now() % DAY_MS);
  if (leftMs < NEEDED_MS) await sleep(leftMs + 1_000);
}
