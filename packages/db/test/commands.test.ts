import { mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createDatabase } from '@app/local-postgres';
import { injectServer } from '@app/local-postgres/vitest';
import { afterAll, describe, expect, test } from 'vitest';
import { run, runIn } from './support/commands.ts';
import { useDatabase } from './support/database.ts';

describe('migrate', () => {
  const db = useDatabase('plain', { migrated: false });

  test('applies what is pending, says where and how to connect, and the second time says that nothing is', async () => {
    const first = run('migrate', db.database.url);
    const second = run('migrate', db.database.url);
    const status = run('status', db.database.url, '--json');

    expect(first).toMatchObject({ status: 0 });
    expect(first.stdout).toMatch(
      /^Database: 127\.0\.0\.1:\d+\/\S+ \(DATABASE_URL\)\nApplied in \d+ ms:\n {2}20250101000008_baseline {2}\d+ ms\n/,
    );
    expect(first.stdout).toContain('Connect:');
    expect(second).toMatchObject({ status: 0, stdout: expect.stringContaining('Nothing is pending.') });
    expect(JSON.parse(status.stdout)).toMatchObject({ pending: [], problems: [] });
    const password = new URL(db.database.url).password;
    for (const { all } of [first, second, status]) expect(all).not.toContain(password);
  });
});

describe('a file .env in the folder that a command runs in', () => {
  const db = useDatabase('plain');
  const folder = mkdtempSync(join(tmpdir(), 'dotenv-'));
  const file = join(realpathSync(folder), '.env');
  const status = (url?: string) => runIn(folder, url, 'status', '--json');
  afterAll(() => rmSync(folder, { recursive: true }));

  test('names the database, and the command says so', () => {
    writeFileSync(file, `# ours\nDATABASE_URL="${db.database.url}?schema=public&pool_timeout=5"\n`);
    const { status: code, stderr, stdout } = runIn(folder, undefined, 'migrate');
    expect(code).toBe(0);
    expect(stdout).toContain(`(DATABASE_URL of ${file})`);
    expect(stderr).toContain('note: Ignored in the database URL, as settings of other clients: pool_timeout.');
  });

  test('does not win over the variable', () => {
    writeFileSync(file, 'DATABASE_URL=postgres://u:secret@127.0.0.1:1/file');
    expect(status().status).toBe(2);
    expect(status(db.database.url).status).toBe(0);
  });

  test('with a URL that cannot be used is named, and the password is not', () => {
    writeFileSync(file, 'DATABASE_URL=postgres://u:secret@h/d?sslcrl=/etc/crl.pem');
    const { status: code, all } = runIn(folder, undefined, 'migrate');
    expect(code).toBe(2);
    expect(all).toContain(`error: The URL in DATABASE_URL of ${file} must not have sslcrl`);
    expect(all).not.toContain('secret');
  });
});

describe('a bad environment ends with exit code 2, one clear sentence, and nothing changed', () => {
  const db = useDatabase('plain', { migrated: false });
  const elsewhere = (change: (url: URL) => void) => {
    const url = new URL(db.database.url);
    change(url);
    return url.href;
  };
  const nothingChanged = async () => {
    expect(await db.sql`SELECT FROM pg_class WHERE relnamespace = 'public'::regnamespace`).toHaveLength(0);
    expect(await db.sql`SELECT to_regnamespace('drizzle') AS ledger`).toEqual([{ ledger: null }]);
  };

  test.each([
    ['a malformed URL', () => 'postgres//nonsense', /of the form postgres:\/\//],
    ['nobody listening', () => elsewhere((url) => (url.port = '1')), /Cannot connect to 127\.0\.0\.1:1/],
    ['a wrong password', () => elsewhere((url) => (url.password = 'hunter2-wrong')), /password/i],
    ['a database that is not there', () => elsewhere((url) => (url.pathname = '/nowhere')), /nowhere/],
  ])('%s', async (_, url, sentence) => {
    const { status, stderr, all } = run('migrate', url());

    expect(stderr).toMatch(sentence);
    expect(stderr).toMatch(/^error: .+\n( {2}sqlstate: \w{5}\n)?$/);
    expect(status).toBe(2);
    expect(all).not.toContain('hunter2-wrong');
    await nothingChanged();
  });

  test('a database without auth.users', async () => {
    const bare = await createDatabase(injectServer('plain'), { template: 'template0' });
    try {
      const { status, stderr } = run('migrate', bare.url);
      expect(stderr).toContain('The database lacks table auth.users');
      expect(stderr).toContain('plain.sql');
      expect(status).toBe(2);
    } finally {
      await bare.drop();
    }
  });

  test('a role that may not create tables', async () => {
    await db.superuser`DROP ROLE IF EXISTS newcomer`;
    await db.superuser.unsafe(
      "CREATE ROLE newcomer LOGIN PASSWORD 'newcomer-pw'; GRANT USAGE ON SCHEMA auth TO newcomer",
    );
    const url = elsewhere((it) => {
      it.username = 'newcomer';
      it.password = 'newcomer-pw';
    });
    const { status, stderr } = run('migrate', url);
    await db.superuser.unsafe('DROP OWNED BY newcomer; DROP ROLE newcomer');

    expect(stderr).toContain('This role may not create tables in the schema public');
    expect(stderr).toContain('This role may not reference auth.users');
    expect(status).toBe(2);
    await nothingChanged();
  });

  test('an unknown option is bad use', () => {
    const { status, stderr } = run('migrate', db.database.url, '--nonsense');
    expect(stderr).toContain("unknown option '--nonsense'");
    expect(status).toBe(2);
  });
});
