import { setTimeout as sleep } from 'node:timers/promises';

const LIMIT_MS = 10_000;

/**
 * Asks until the answer is as wanted, for ten seconds at most, and returns the last one: a session that is just leaving,
 * autovacuum or a new connection may count as a running transaction for a moment.
 */
export async function eventually(
  ask: () => Promise<string>,
  isSo: (answer: string) => boolean,
  pauseMs: number,
): Promise<string> {
  const deadline = performance.now() + LIMIT_MS;
  let answer = await ask();
  while (!isSo(answer) && performance.now() < deadline) {
    await sleep(pauseMs);
    answer = await ask();
  }
  return answer;
}
