import { setImmediate as nextTurn } from 'node:timers/promises';
import { getHeapSpaceStatistics, setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

setFlagsFromString('--expose-gc');
const collect = runInNewContext('gc');

const oldSpaceBytes = () =>
  getHeapSpaceStatistics().find(({ space_name: name }) => name === 'old_space').space_used_size;

/** Garbage collections of the young generation alone: what outlives two of them is moved to the old one. */
const collectYoung = async () => {
  await nextTurn();
  for (let i = 0; i < 3; i++) collect({ type: 'minor' });
};

/**
 * Bytes that the old generation grows by for each statement whose answer nobody holds any more: the least of ten rounds.
 *
 * @param {() => PromiseLike<unknown>} statement
 */
export async function bytesKept(statement) {
  const statements = 300;
  for (let i = 0; i < 3_000; i++) await statement();
  const rounds = [];
  for (let round = 0; round < 10; round++) {
    await collectYoung();
    const before = oldSpaceBytes();
    for (let i = 0; i < statements; i++) await statement();
    await collectYoung();
    rounds.push((oldSpaceBytes() - before) / statements);
  }
  // A collection of the old generation in between makes a round negative.
  return Math.min(...rounds.filter((bytes) => bytes >= 0));
}
