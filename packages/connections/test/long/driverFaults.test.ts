import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { createDatabase, type Database } from '@app/local-postgres';
import { injectServer } from '@app/local-postgres/vitest';
import postgres, { type Sql } from 'postgres';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { type Connections, createConnections } from '../../src/index.ts';
import { readConnectionUrl } from '../../src/url.ts';
import { bytesKept } from '../support/bytesKept.mjs';

const SCRIPT = fileURLToPath(new URL('../support/bareDriver.mjs', import.meta.url));
const settings = {
  ...{ maxConnections: 1, connectTimeoutMs: 5_000, statementTimeoutMs: 10_000, operationTimeoutMs: 15_000 },
  ...{ applicationName: 'ours', tls: undefined, transactionPooler: undefined },
};

/** Each test shows the fault of the bare driver too, and fails once the fault is fixed upstream and the work-around can go. */
describe('faults of postgres.js', () => {
  let database: Database;
  let admin: Sql;
  const opened: Connections[] = [];
  beforeAll(async () => {
    database = await createDatabase(injectServer('plain'));
    admin = postgres(database.url, { max: 1, onnotice: () => undefined });
    await admin`CREATE TABLE notes (note int)`;
  });
  beforeEach(async () => {
    await admin`TRUNCATE notes`;
  });
  afterAll(async () => {
    await Promise.all(opened.map((each) => each.close(0)));
    await admin.end();
    await database.drop();
  });

  const bare = async (fault: string): Promise<unknown> => {
    const { stdout } = await promisify(execFile)(process.execPath, [SCRIPT, fault, database.url]);
    return JSON.parse(stdout);
  };
  const ours = (url = database.url, options: Partial<typeof settings> = {}): Connections => {
    const made = createConnections(readConnectionUrl(url), { ...settings, ...options });
    opened.push(made);
    return made;
  };
  const notes = async () => (await admin`SELECT note FROM notes ORDER BY note`).map(({ note }) => note);
  const codeOf = (work: Promise<unknown>) =>
    work.then(
      () => 'answered',
      (error: { code?: string }) => error.code ?? String(error),
    );

  test('a statement of a transaction whose connection was lost runs on the next connection, and is committed alone', async () => {
    const { committed } = (await bare('transaction')) as { committed: number[] };
    expect(committed).not.toEqual([]);
    expect(committed).not.toContain(0);
    await admin`TRUNCATE notes`;

    const connections = ours();
    const outcomes: string[] = [];
    const whole = connections.transaction(async (tx) => {
      await tx.send('INSERT INTO notes VALUES (0)');
      await admin`
        SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE application_name = 'ours'`;
      for (let i = 1; i <= 5; i++) outcomes.push(await codeOf(tx.send('INSERT INTO notes VALUES ($1)', [i])));
    });
    expect(await codeOf(whole)).not.toBe('answered');
    expect(outcomes).not.toContain('answered');
    expect(await codeOf(connections.send('SELECT 1', []))).toBe('answered');
    expect(await notes()).toEqual([]);
  });

  test('a statement waits for ever where none of several hosts answers', async () => {
    expect(await bare('hosts')).toEqual({ answer: 'hangs' });

    const nobody = ours('postgres://postgres@127.0.0.1:1,127.0.0.1:2/postgres');
    expect(await codeOf(nobody.send('SELECT 1', []))).toBe('CONNECTION_NO_PRIMARY');
  });

  test('the next statement waits for ever after the option `socket` has rejected', async () => {
    expect(await bare('socket')).toEqual({ answers: ['Error', 'hangs'] });

    const nobody = ours('postgres://postgres@127.0.0.1:1/postgres');
    expect(await codeOf(nobody.send('SELECT 1', []))).toBe('ECONNREFUSED');
    expect(await codeOf(nobody.send('SELECT 1', []))).toBe('ECONNREFUSED');
  });

  test('a statement without an answer waits for ever', async () => {
    expect(await bare('silence')).toEqual({ answer: 'hangs' });

    const connections = ours(database.url, { operationTimeoutMs: 1_000, statementTimeoutMs: 60_000 });
    expect(await codeOf(connections.send('SELECT pg_sleep(60)', []))).toBe('ANSWER_TIMEOUT');
  });

  test('garbage collections of the young generation keep the rows of statements that nobody holds any more', async () => {
    const { bytes } = (await bare('memory')) as { bytes: number };
    expect(bytes).toBeGreaterThan(500);

    const connections = ours();
    expect(await bytesKept(() => connections.send('SELECT $1 AS a, $2 AS b', ['a', 'b']))).toBeLessThan(100);
  });
});
