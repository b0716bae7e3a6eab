import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { connect } from 'node:net';
import { type Check, eventually, firstValue, type TestDatabase, withRollback } from '@app/verifier';
import type postgres from 'postgres';
import { withRacers } from '../sql/uploadRace.ts';
import { maintenanceUrl } from './sessions.ts';

const FIX = 'restore private.running_transactions by a migration: packages/db/src/functions';
const RUNNING = 'function private.running_transactions()';

/** Checks running_transactions with prepared transactions, unfinished connections and later sessions. */
export const RUNNING_TRANSACTIONS: readonly Check[] = [
  {
    name: 'a prepared transaction is running until it is committed or rolled back',
    fix: FIX,
    proves: [RUNNING],
    prove: async ({ url, superuser }) => {
      const observe = (what: string, expected: string) =>
        withRollback(superuser, async (transaction) => ({
          ...{ what, expected },
          actual: await running(transaction, expected),
        }));
      const before = await observe('before it', '0');
      // This server allows no prepared transactions.
      if ((await superuser`SHOW max_prepared_transactions`)[0]?.max_prepared_transactions === '0') return [before];
      const name = `verify_${randomBytes(6).toString('hex')}`;
      await withRacers(url, 1, async ([racer]) => {
        for (const statement of ['BEGIN', 'SELECT pg_current_xact_id()', `PREPARE TRANSACTION '${name}'`])
          await racer?.[0].unsafe(statement);
      });
      try {
        return [before, await observe('while it is prepared', '1')];
      } finally {
        await superuser.unsafe(`ROLLBACK PREPARED '${name}'`);
      }
    },
  },
  {
    name: 'a session that has not finished connecting has no running transaction',
    fix: FIX,
    proves: [RUNNING],
    prove: async ({ superuser }) => {
      using caller = await connectWithoutPassword(superuser);
      return await withRollback(superuser, async (transaction) => [
        {
          what: `while the server waits for ${caller.waitsFor}`,
          expected: '0',
          actual: await running(transaction, '0'),
        },
      ]);
    },
  },
  {
    name: 'the transaction of a session that connects later to another database is not counted',
    fix: FIX,
    proves: [RUNNING],
    prove: (database) =>
      withRollback(database.superuser, async (transaction) => {
        const before = { what: 'before', expected: '0', actual: await running(transaction, '0') };
        return await withLaterSession(database, async () => [
          before,
          { what: 'while it runs a transaction', expected: '0', actual: await running(transaction, '0') },
        ]);
      }),
  },
];

/** The number of running transactions, read again until it is `expected`. */
async function running(transaction: postgres.TransactionSql, expected: string): Promise<string> {
  const readCount = () => firstValue(transaction, 'SELECT cardinality(private.running_transactions())');
  return await eventually(readCount, (count) => count === expected, 100);
}

async function withLaterSession<Result>(database: TestDatabase, work: () => Promise<Result>): Promise<Result> {
  return await withRacers(maintenanceUrl(database), 1, async ([racer]) => {
    await racer?.[0].unsafe('BEGIN');
    await racer?.[0].unsafe('SELECT');
    return await work();
  });
}

const PROTOCOL_3 = 196_608;

/** Opens a connection that sends its user and database, and no password when the server asks for it. */
async function connectWithoutPassword({ options }: postgres.Sql): Promise<Disposable & { readonly waitsFor: string }> {
  const parameters = Buffer.from(`user\0${options.user}\0database\0${options.database}\0\0`);
  const header = Buffer.alloc(8);
  header.writeUInt32BE(header.length + parameters.length, 0);
  header.writeUInt32BE(PROTOCOL_3, 4);
  const socket = connect({ host: options.host[0], port: Number(options.port[0]) });
  try {
    socket.write(Buffer.concat([header, parameters]));
    const [answer]: Buffer[] = await once(socket, 'data', { signal: AbortSignal.timeout(60_000) });
    const isAsked = answer?.toString('latin1', 0, 1) === 'R';
    return { waitsFor: isAsked ? 'the password' : 'nothing', [Symbol.dispose]: () => socket.destroy() };
  } catch (error) {
    socket.destroy();
    throw error;
  }
}
