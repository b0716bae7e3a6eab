import postgres from 'postgres';

/** Why PostgreSQL refused: SQLSTATE, and the constraint where one was broken. */
export interface Refusal {
  readonly code: string;
  readonly constraint?: string;
  readonly message: string;
  readonly detail?: string;
}

/** Awaits a refusal by the server; anything else, success above all, is an error. */
export async function refusal(work: PromiseLike<unknown>): Promise<Refusal> {
  try {
    await work;
  } catch (error) {
    if (!(error instanceof postgres.PostgresError)) throw error;
    return {
      code: error.code,
      message: error.message,
      ...(error.constraint_name === undefined ? {} : { constraint: error.constraint_name }),
      ...(error.detail === undefined ? {} : { detail: error.detail }),
    };
  }
  throw new Error('the server accepted what it should have refused');
}
