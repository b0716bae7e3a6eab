import { setTimeout as sleep } from 'node:timers/promises';

const PATIENCE_MS = 10_000;

/**
 * Asks until the answer is so, and gives the last one: what transactions run may come to be so a moment later, when
 * autovacuum, a session of the check before, or anybody who is just connecting to the server, is gone.
 */
export async function inTheEnd(
  ask: () => Promise<string>,
  isSo: (answer: string) => boolean,
  pauseMs: number,
): Promise<string> {
  const deadline = performance.now() + PATIENCE_MS;
  let answer = await ask();
  while (!isSo(answer) && performance.now() < deadline) {
    await sleep(pauseMs);
    answer = await ask();
  }
  return answer;
}
