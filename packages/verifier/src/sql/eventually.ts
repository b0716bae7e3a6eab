import { setTimeout as sleep } from 'node:timers/promises';

const LIMIT_MS = 10_000;

/** Repeats `read` until `isDone` holds for its result, for ten seconds at most, and returns the last result. */
export async function eventually(
  read: () => Promise<string>,
  isDone: (result: string) => boolean,
  pauseMs: number,
): Promise<string> {
  const deadline = performance.now() + LIMIT_MS;
  let result = await read();
  while (!isDone(result) && performance.now() < deadline) {
    await sleep(pauseMs);
    result = await read();
  }
  return result;
}
