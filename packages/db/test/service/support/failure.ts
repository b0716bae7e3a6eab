import { type DatabaseError, type DatabaseErrorCode, isDatabaseError } from '../../../src/errors.ts';

/** Awaits a rejection with the code. Success and other errors fail the test. */
export async function failure<Code extends DatabaseErrorCode>(
  code: Code,
  work: PromiseLike<unknown>,
): Promise<Extract<DatabaseError, { code: Code }>> {
  const outcome = await Promise.resolve(work).then(
    (value) => ({ value }),
    (error: unknown) => ({ error }),
  );
  if ('value' in outcome) throw new Error(`expected ${code}, but it succeeded`);
  const { error } = outcome;
  if (!isDatabaseError(error) || error.code !== code) throw error;
  return error as Extract<DatabaseError, { code: Code }>;
}
