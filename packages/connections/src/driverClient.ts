import type { Sql } from 'postgres';
import type { Rows, SendOptions } from './session.ts';
import type { SessionPool } from './sessionPool.ts';
import { Transaction } from './transaction.ts';

type Send = (text: string, values: readonly unknown[], options: SendOptions) => Promise<Rows>;

/** The part of postgres.js that Drizzle's driver calls, over our sessions. */
export function driverClient(pool: SessionPool, target: string): Sql {
  return client(
    (text, values, options) => pool.share(text, values, options),
    (work) => Transaction.run(pool, (transaction) => work(transactionClient(transaction, target))),
  );
}

/** The same within a transaction; a transaction in it is a savepoint. */
function transactionClient(transaction: Transaction, target: string): Sql {
  const made = client(
    (text, values, options) => transaction.send(text, values, options),
    (work) => transaction.savepoint(() => work(transactionClient(transaction, target))),
  );
  transactions.set(made, { transaction, target });
  return made;
}

/** A transaction, and where its connection leads, for messages. */
export interface TransactionHandle {
  readonly transaction: Transaction;
  readonly target: string;
}

const transactions = new WeakMap<object, TransactionHandle>();

/** The transaction that a client which Drizzle's driver was given belongs to; undefined for any other object. */
export const transactionOf = (client: object): TransactionHandle | undefined => transactions.get(client);

/** @param nest begins a transaction, or within one a savepoint */
function client(send: Send, nest: <Result>(work: (inner: Sql) => Promise<Result>) => Promise<Result>): Sql {
  const made = {
    // Drizzle sets here how times and JSON are read; a session has its own settings.
    options: { parsers: {}, serializers: {} },
    unsafe: (text: string, values: readonly unknown[] = [], { prepare = false } = {}) => ({
      values: () => send(text, values, { prepare, asArrays: true }),
      // biome-ignore lint/suspicious/noThenProperty: it is awaited for rows as objects.
      then: <Result>(resolve: (rows: Rows) => Result, reject: (error: unknown) => Result) =>
        send(text, values, { prepare }).then(resolve, reject),
    }),
    begin: nest,
    savepoint: nest,
  };
  return made as unknown as Sql;
}
