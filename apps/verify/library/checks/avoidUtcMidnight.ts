import { setTimeout as sleep } from 'node:timers/promises';

const DAY_MS = 86_400_000;
/** Longer than any check that counts the uploads of one day. */
const NEEDED_MS = 60_000;

/** Waits for the next UTC day if this one ends within a minute: otherwise the quota would be reset during a check. */
export async function avoidUtcMidnight(): Promise<void> {
  const leftMs = DAY_MS - (Date.now() % DAY_MS);
  if (leftMs < NEEDED_MS) await sleep(leftMs + 1_000);
}
