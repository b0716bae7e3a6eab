import { setTimeout as sleep } from 'node:timers/promises';
import { transactionOf } from '@app/connections';
import { DrizzleQueryError, type Logger } from 'drizzle-orm';
import { fromDriver, isDatabaseFailure } from '../errors/fromDriver.ts';
import { type InputProblem, InvalidInput, isDatabaseError } from '../errors.ts';
import type { Executor, Transactor } from './executor.ts';

const ISOLATION_LEVELS = ['read uncommitted', 'read committed', 'repeatable read', 'serializable'] as const;
const ACCESS_MODES = ['read only', 'read write'] as const;
const MAX_RETRIES = 100;

export interface TransactionOptions {
  /** By default the database's, as a rule `read committed`. */
  readonly isolationLevel?: (typeof ISOLATION_LEVELS)[number];
  /** By default the database's, as a rule `read write`. */
  readonly accessMode?: (typeof ACCESS_MODES)[number];
  /**
   * The number of retries, each in a new transaction, after a serialization failure or a deadlock: 0 to 100, by default 0.
   * Effects of the work outside of the database are not undone, so they must be idempotent.
   */
  readonly retries?: number;
}

/** Drizzle over a pool, which begins a transaction, or in a transaction, which sets a savepoint. */
interface Beginner<Tx> {
  transaction<Result>(work: (tx: Tx) => Promise<Result>, config?: TransactionConfig): Promise<Result>;
}
type TransactionConfig = Omit<TransactionOptions, 'retries'>;

/**
 * Runs `work` in a transaction.
 *
 * @param target `host:port/database`, for messages
 * @throws InvalidInput for an invalid option; DatabaseError; and what `work` throws
 */
export async function inTransaction<Tx, Result>(
  db: Beginner<Tx>,
  target: string,
  work: (tx: Tx) => Promise<Result>,
  options: TransactionOptions = {},
): Promise<Result> {
  const { retries = 0, ...config } = checked(options);
  for (let attempt = 0; ; attempt++) {
    try {
      return await runOnce(db, target, work, config);
    } catch (error) {
      if (attempt >= retries || !isDatabaseError(error) || error.code !== 'CONFLICT') throw error;
    }
    // A random delay, so that the same transactions do not conflict again.
    await sleep(Math.random() * Math.min(10 * 2 ** attempt, 1_000));
  }
}

async function runOnce<Tx, Result>(
  db: Beginner<Tx>,
  target: string,
  work: (tx: Tx) => Promise<Result>,
  config: TransactionConfig,
): Promise<Result> {
  let errorOfWork: unknown;
  const isConfigured = Object.keys(config).length > 0;
  try {
    return await db.transaction(
      async (tx) => {
        try {
          return await work(tx);
        } catch (error) {
          if (!(error instanceof DrizzleQueryError) && !isDatabaseFailure(error)) errorOfWork = error;
          throw error;
        }
      },
      isConfigured ? config : undefined,
    );
  } catch (error) {
    throw errorOfWork !== undefined && error === errorOfWork ? error : fromDriver(error, target);
  }
}

/** Checks the options: Drizzle puts them into the statement unescaped. */
function checked({ isolationLevel, accessMode, retries }: TransactionOptions): TransactionOptions {
  if (isolationLevel !== undefined && !ISOLATION_LEVELS.includes(isolationLevel)) {
    throw refused('isolationLevel', 'enum', `must be one of ${ISOLATION_LEVELS.join(', ')}`);
  }
  if (accessMode !== undefined && !ACCESS_MODES.includes(accessMode)) {
    throw refused('accessMode', 'enum', `must be one of ${ACCESS_MODES.join(', ')}`);
  }
  if (retries !== undefined && !(Number.isInteger(retries) && retries >= 0 && retries <= MAX_RETRIES)) {
    throw refused('retries', 'range', `must be a whole number from 0 to ${MAX_RETRIES}`);
  }
  return {
    ...(isolationLevel === undefined ? {} : { isolationLevel }),
    ...(accessMode === undefined ? {} : { accessMode }),
    ...(retries === undefined ? {} : { retries }),
  };
}

const refused = (field: string, rule: InputProblem['rule'], expected: string) =>
  new InvalidInput([{ field, rule, expected, received: 'what was given' }]);

/** A transaction of a client of `createDatabase`, with any tables of the application. */
export interface AnyTransaction {
  readonly _: { readonly session: object };
  rollback(): never;
}

/**
 * Runs the service's operations on the connection of a transaction. Each has a savepoint of its own: where one fails, it
 * alone is undone.
 *
 * @throws InvalidInput for another client's transaction
 */
export function executorOf<Tx>(tx: AnyTransaction): Executor & Transactor<Tx> {
  // Drizzle's session of a transaction has the client and the logger of its database.
  const session: { readonly client?: unknown; readonly logger?: Logger } | undefined = tx?._?.session;
  const handle = transactionOf(Object(session?.client));
  if (handle === undefined) {
    throw refused('database', 'type', 'must be a database of createDatabase, or a transaction of one');
  }
  const { transaction, target } = handle;
  return {
    isNested: true,
    run: async (statement, values, options) => {
      try {
        const bound = statement.bind(values);
        session?.logger?.logQuery(statement.text, bound);
        const rows = await transaction.sendInSavepoint(statement.text, bound, options?.signal);
        return rows.map(statement.read);
      } catch (error) {
        const refusal = fromDriver(error, target);
        refusal.endsTransaction = transaction.isLost;
        throw refusal;
      }
    },
    transaction: (work) => inTransaction(tx as unknown as Beginner<Tx>, target, work),
  };
}
