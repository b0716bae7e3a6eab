import { chmodSync, cpSync, mkdirSync, mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import postgres from 'postgres';
import { afterEach, describe, expect, onTestFinished, test, vi } from 'vitest';
import { findBinaries } from '../../src/binaries.ts';
import { type StartOptions, startThrowawayServer } from '../../src/index.ts';
import { lookUpUser, serverUser } from '../../src/systemUser.ts';
import { canEnter } from '../../src/usableBinaries.ts';
import { isRoot, openFolder, run, startedBy } from '../support/processes.ts';

const NOBODY = lookUpUser('nobody');

afterEach(() => {
  vi.unstubAllEnvs();
});

/** Starts a server, runs a query, and returns the owner of the data. */
async function startAndAsk(options: StartOptions): Promise<{ uid: number; folder: string }> {
  const server = await startThrowawayServer({ bootstrap: 'none', ...options });
  onTestFinished(server.stop);
  const sql = postgres(server.url(), { max: 1 });
  expect(await sql`SELECT 1 AS one`).toMatchObject([{ one: 1 }]);
  await sql.end();
  return { uid: statSync(join(server.folder, 'data')).uid, folder: server.folder };
}

/** A temp folder that only this user may enter. */
function closedFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'closed-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

describe.skipIf(!isRoot)('as root (skipped when the tests run as an ordinary user)', () => {
  const hasPostgres = lookUpUser('postgres') !== undefined;

  test.skipIf(!hasPostgres)(
    'the server runs as the user postgres, if there is one (skipped where there is none)',
    async () => {
      expect((await startAndAsk({})).uid).toBe(lookUpUser('postgres')?.uid);
    },
  );

  test('without a user postgres, the server runs as nobody, in a folder outside a closed home', async () => {
    const home = closedFolder();
    const { relocatableRoot = '' } = findBinaries(undefined, undefined, {});
    cpSync(relocatableRoot, join(home, 'native'), { recursive: true, verbatimSymlinks: true });
    const binaries = { binDirectory: join(home, 'native', 'bin'), relocatableRoot: join(home, 'native') };
    vi.stubEnv('TMPDIR', home);
    const lookUpNobody = (name: string) => (name === 'nobody' ? NOBODY : undefined);
    const { uid, folder } = await startAndAsk({ machine: { binaries, lookUpUser: lookUpNobody } });
    expect(uid).toBe(NOBODY?.uid);
    expect(folder.startsWith(home)).toBe(false);
    const copy = statSync(join(folder, 'native', 'bin', 'postgres'));
    expect(copy.uid).toBe(0);
    expect(copy.mode & 0o022).toBe(0);
  });

  test('without postgres and nobody, the error is one sentence', async () => {
    const start = startThrowawayServer({ machine: { lookUpUser: () => undefined } });
    await expect(start).rejects.toMatchObject({
      code: 'NO_UNPRIVILEGED_USER',
      message: expect.stringContaining('neither a user `postgres` nor `nobody`'),
    });
  });

  test('a user named postgres with the id of root is not used', () => {
    const find = () => serverUser(() => ({ uid: 0, gid: 0 }));
    expect(find).toThrow(expect.objectContaining({ code: 'NO_UNPRIVILEGED_USER' }));
    expect(serverUser(() => ({ uid: 7, gid: 8 }))).toEqual({ uid: 7, gid: 8 });
  });

  const isOpen = canEnter(fileURLToPath(new URL('.', import.meta.url)), NOBODY);

  test.skipIf(!isOpen)('an ordinary user runs the server itself (skipped in a checkout it cannot read)', async () => {
    const program = run('starter', ['exit'], { tmp: openFolder(), ...NOBODY });
    const { server } = await startedBy(program);
    expect(server).toBeDefined();
    expect(await program.exitStatus()).toBe(7);
  });
});

test.skipIf(isRoot)('an ordinary user runs the server itself (skipped as root)', async () => {
  expect((await startAndAsk({})).uid).toBe(process.getuid?.());
});

test('a user can enter a folder only if all its parents can be entered', () => {
  const outer = closedFolder();
  mkdirSync(join(outer, 'inner'), { mode: 0o755 });
  const { uid, gid } = statSync(outer);
  const stranger = { uid: 12_345, gid: 12_345 };
  expect(canEnter(join(outer, 'inner'), stranger)).toBe(false);
  expect(canEnter(join(outer, 'inner'), { ...stranger, uid })).toBe(true);
  chmodSync(outer, 0o710);
  expect(canEnter(join(outer, 'inner'), { ...stranger, gid })).toBe(true);
  chmodSync(outer, 0o711);
  expect(canEnter(join(outer, 'inner'), stranger)).toBe(true);
});
