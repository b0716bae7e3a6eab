import type { Sql } from 'postgres';
import type { Rows, SendOptions } from './session.ts';
import type { SessionPool } from './sessionPool.ts';
import { Transaction } from './transaction.ts';

type Send = (text: string, values: readonly unknown[], options: SendOptions) => Promise<Rows>;

/** A client with the methods of postgres.js that Drizzle calls, over a SessionPool. */
export function driverClient(pool: SessionPool, target: string): Sql {
  return client(
    (text, values, options) => pool.share(text, values, options),
    (work) => Transaction.run(pool, (transaction) => work(transactionClient(transaction, target))),
  );
}

/** The same in a transaction, where `begin` sets a savepoint. */
function transactionClient(transaction: Transaction, target: string): Sql {
  const made = client(
    (text, values, options) => transaction.send(text, values, options),
    (work) => transaction.savepoint(() => work(transactionClient(transaction, target))),
  );
  transactions.set(made, { transaction, target });
  return made;
}

/** A transaction, and the `host:port/database` of its connection for messages. */
export interface TransactionHandle {
  readonly transaction: Transaction;
  readonly target: string;
}

const transactions = new WeakMap<object, TransactionHandle>();

/** The transaction of a client that this module made; undefined for any other object. */
export const transactionOf = (client: object): TransactionHandle | undefined => transactions.get(client);

/** @param nest begins a transaction, or sets a savepoint in one */
function client(send: Send, nest: <Result>(work: (inner: Sql) => Promise<Result>) => Promise<Result>): Sql {
  const made = {
    // Drizzle writes its own parsers here. They are not used: the sessions have the same.
    options: { parsers: {}, serializers: {} },
    unsafe: (text: string, values: readonly unknown[] = [], { prepare = false } = {}) => ({
      values: () => send(text, values, { prepare, asArrays: true }),
      // biome-ignore lint/suspicious/noThenProperty: Drizzle awaits it to get rows as objects.
      then: <Result>(resolve: (rows: Rows) => Result, reject: (error: unknown) => Result) =>
        send(text, values, { prepare }).then(resolve, reject),
    }),
    begin: nest,
    savepoint: nest,
  };
  return made as unknown as Sql;
}
