import { setTimeout as sleep } from 'node:timers/promises';

const TRIES = 20;

/**
 * Asks until the answer is so, and gives the last one: what transactions run may come to be so a moment later, when
 * autovacuum, or a session of the check before, is gone.
 */
export async function inTheEnd(
  ask: () => Promise<string>,
  isSo: (answer: string) => boolean,
  pauseMs: number,
): Promise<string> {
  let answer = await ask();
  for (let again = 0; !isSo(answer) && again < TRIES; again += 1) {
    await sleep(pauseMs);
    answer = await ask();
  }
  return answer;
}
