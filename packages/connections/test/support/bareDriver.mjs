// Shows a fault of postgres.js in a process of its own, since some of them end the process. Prints JSON.
import { setTimeout as sleep } from 'node:timers/promises';
import postgres from 'postgres';
import { bytesKept } from './bytesKept.mjs';

const [, , fault, url] = process.argv;
const PATIENCE_MS = 5_000;
const seen = {};
// Of the driver's own: it throws where nobody catches.
process.on('uncaughtException', () => undefined);

const outcome = (work) =>
  Promise.race([
    Promise.resolve(work).then(
      () => 'answered',
      (error) => error.code ?? error.name,
    ),
    sleep(PATIENCE_MS, 'hangs'),
  ]);

const open = (options) =>
  postgres(url, { max: 1, connection: { application_name: 'bare' }, onnotice: () => undefined, ...options });
const faults = {
  /** When the loss is noticed is a matter of chance: many transactions are tried. */
  async transaction() {
    const admin = postgres(url, { max: 1 });
    for (let attempt = 1; attempt <= 20 && !seen.committed?.length; attempt++) {
      const sql = open();
      let inner;
      const work = async (tx) => {
        await tx`INSERT INTO notes VALUES (0)`;
        await admin`SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'bare'`;
        await sleep(attempt % 5);
        for (let i = 1; i <= 5; i++)
          await Promise.race([tx`INSERT INTO notes VALUES (${i})`.catch(() => 0), sleep(300)]);
      };
      await outcome(
        sql.begin((tx) => {
          inner = work(tx);
          return inner;
        }),
      );
      // Another caller: the driver reconnects for it, by the object that the transaction still holds.
      await outcome(sql`SELECT 1`);
      await inner;
      seen.committed = (await admin`SELECT note FROM notes`).map(({ note }) => note);
      sql.end({ timeout: 0 }).catch(() => undefined);
    }
  },
  async hosts() {
    seen.answer = await outcome(postgres({ host: ['127.0.0.1', '127.0.0.1'], port: [1, 2], max: 1 })`SELECT 1`);
  },
  async socket() {
    const sql = open({ socket: () => Promise.reject(new Error('no socket')) });
    seen.answers = [await outcome(sql`SELECT 1`), await outcome(sql`SELECT 1`)];
  },
  async memory() {
    const sql = open();
    seen.bytes = await bytesKept(() => sql`SELECT ${'a'} AS a, ${'b'} AS b`);
    await sql.end();
  },
  async silence() {
    const sql = open();
    await sql`SELECT 1`;
    seen.answer = await outcome(sql`SELECT pg_sleep(60)`);
  },
};

await faults[fault]();
process.stdout.write(JSON.stringify(seen), () => process.exit(0));
