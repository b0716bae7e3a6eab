import { expect } from 'vitest';
import { MigratorError } from '../../src/index.ts';

/** The MigratorError that a promise is rejected with; fails the test where it is fulfilled or rejected with another. */
export async function rejection(promise: Promise<unknown>): Promise<MigratorError> {
  const outcome = await promise.then(
    () => 'fulfilled',
    (error: unknown) => error,
  );
  expect(outcome).toBeInstanceOf(MigratorError);
  if (!(outcome instanceof MigratorError)) throw new Error('unreachable');
  return outcome;
}
