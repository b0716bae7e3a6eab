import { setTimeout as sleep } from 'node:timers/promises';
import { transactionOf } from '@app/connections';
import { DrizzleQueryError, type Logger } from 'drizzle-orm';
import { fromDriver, isOfDatabase } from '../errors/fromDriver.ts';
import { type InputProblem, InvalidInput, isDatabaseError } from '../errors.ts';
import type { Executor, Transactor } from './executor.ts';

const ISOLATION_LEVELS = ['read uncommitted', 'read committed', 'repeatable read', 'serializable'] as const;
const ACCESS_MODES = ['read only', 'read write'] as const;
const MOST_RETRIES = 100;

export interface TransactionOptions {
  /** By default what the database says, as a rule `read committed`. */
  readonly isolationLevel?: (typeof ISOLATION_LEVELS)[number];
  /** By default what the database says, as a rule `read write`. */
  readonly accessMode?: (typeof ACCESS_MODES)[number];
  /**
   * How often the work is retried, in a new transaction, after a serialization failure or a deadlock: 0 to 100, by
   * default 0. The work must be idempotent outside of the database: what it does there is not undone.
   */
  readonly retries?: number;
}

/** What begins a transaction, or within one a savepoint: Drizzle over a pool, or in a transaction. */
interface Beginner<Tx> {
  transaction<Result>(work: (tx: Tx) => Promise<Result>, config?: TransactionConfig): Promise<Result>;
}
type TransactionConfig = Omit<TransactionOptions, 'retries'>;

/**
 * Runs `work` in a transaction.
 *
 * @param target where the connection leads, for messages
 * @throws InvalidInput for an option that cannot be; DatabaseError; and whatever `work` throws of its own
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
    // At random, so that those who stood in each other's way do not meet again.
    await sleep(Math.random() * Math.min(10 * 2 ** attempt, 1_000));
  }
}

async function runOnce<Tx, Result>(
  db: Beginner<Tx>,
  target: string,
  work: (tx: Tx) => Promise<Result>,
  config: TransactionConfig,
): Promise<Result> {
  let own: unknown;
  const isConfigured = Object.keys(config).length > 0;
  try {
    return await db.transaction(
      async (tx) => {
        try {
          return await work(tx);
        } catch (error) {
          if (!(error instanceof DrizzleQueryError) && !isOfDatabase(error)) own = error;
          throw error;
        }
      },
      isConfigured ? config : undefined,
    );
  } catch (error) {
    throw own !== undefined && error === own ? error : fromDriver(error, target);
  }
}

/** The options that are given. Drizzle puts them into the statement as they are. */
function checked({ isolationLevel, accessMode, retries }: TransactionOptions): TransactionOptions {
  if (isolationLevel !== undefined && !ISOLATION_LEVELS.includes(isolationLevel)) {
    throw refused('isolationLevel', 'enum', `must be one of ${ISOLATION_LEVELS.join(', ')}`);
  }
  if (accessMode !== undefined && !ACCESS_MODES.includes(accessMode)) {
    throw refused('accessMode', 'enum', `must be one of ${ACCESS_MODES.join(', ')}`);
  }
  if (retries !== undefined && !(Number.isInteger(retries) && retries >= 0 && retries <= MOST_RETRIES)) {
    throw refused('retries', 'range', `must be a whole number from 0 to ${MOST_RETRIES}`);
  }
  return {
    ...(isolationLevel === undefined ? {} : { isolationLevel }),
    ...(accessMode === undefined ? {} : { accessMode }),
    ...(retries === undefined ? {} : { retries }),
  };
}

const refused = (field: string, rule: InputProblem['rule'], expected: string) =>
  new InvalidInput([{ field, rule, expected, received: 'what was given' }]);

/** A transaction of a database of ours, whatever tables of its own the application gave to it. */
export interface AnyTransaction {
  readonly _: { readonly session: object };
  rollback(): never;
}

/**
 * What runs the service's operations in a transaction, on its connection alone. Each has a savepoint of its own: where one
 * is refused, it alone is undone.
 *
 * @throws InvalidInput for what is no transaction of `createDatabase`'s
 */
export function executorOf<Tx>(tx: AnyTransaction): Executor & Transactor<Tx> {
  // Drizzle's session of a transaction has the client and the logger that its database was made with.
  const session: { readonly client?: unknown; readonly logger?: Logger } | undefined = tx?._?.session;
  const handle = transactionOf(Object(session?.client));
  if (handle === undefined) {
    throw refused('database', 'type', 'must be what createDatabase gave, or a transaction of it');
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
