import { execFile } from 'node:child_process';
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const repository = fileURLToPath(new URL('../../../../', import.meta.url));
const TIMEOUT_MS = 400_000;

/** What a command printed, and its exit code. */
export interface CommandResult {
  readonly status: number;
  readonly output: string;
}

/** A copy of the working tree, with the same dependencies, that a test may change. */
export interface RepositoryCopy {
  readonly write: (file: string, text: string) => void;
  readonly edit: (file: string, change: (text: string) => string) => void;
  readonly read: (file: string) => string;
  /** Runs a Node program in a folder of the copy; it is ended after 400 s. */
  readonly node: (folder: string, ...args: readonly string[]) => Promise<CommandResult>;
  /** Runs lines of a page in the copy's root, until one fails; `pnpm` is there. The script is ended after 400 s. */
  readonly shell: (script: string, environment?: Readonly<Record<string, string>>) => Promise<CommandResult>;
  readonly remove: () => void;
}

/** @param dependencies `none`: the copy is a fresh clone, before an installation */
export async function copyRepository(dependencies: 'linked' | 'none' = 'linked'): Promise<RepositoryCopy> {
  const copy = mkdtempSync(join(tmpdir(), 'new-table-'));
  const at = (file: string) => join(copy, file);
  const { stdout } = await promisify(execFile)('git', ['ls-files', '-coz', '--exclude-standard'], {
    ...{ cwd: repository, maxBuffer: 1 << 26 },
  });
  // git also lists a file that is deleted, but whose deletion is not committed.
  const files = stdout.split('\0').filter((file) => file !== '' && existsSync(join(repository, file)));
  for (const folder of new Set(files.map(dirname))) mkdirSync(at(folder), { recursive: true });
  for (const file of files) cpSync(join(repository, file), at(file));
  if (dependencies === 'linked') linkDependencies(at);
  const tools = mkdtempSync(join(tmpdir(), 'tools-'));
  writeFileSync(join(tools, 'pnpm'), `#!/bin/sh\nexec ${installedPnpm()} "$@"\n`, { mode: 0o755 });
  const read = (file: string) => readFileSync(at(file), 'utf8');
  const write = (file: string, text: string) => writeFileSync(at(file), text);
  return {
    ...{ read, write, edit: (file, change) => write(file, change(read(file))) },
    node: (folder, ...args) => run(process.execPath, args, at(folder), { INIT_CWD: copy }),
    shell: (script, environment) =>
      run('sh', ['-ec', script], copy, {
        PATH: `${tools}:${process.env.PATH}`,
        // The links are all that a copy with linked dependencies has: pnpm would take them for an old installation.
        ...(dependencies === 'linked' ? { pnpm_config_verify_deps_before_run: 'false' } : {}),
        ...environment,
      }),
    remove: () => {
      for (const folder of [copy, tools]) rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** The pnpm that runs these tests; npx, which holds a lock while it installs, only where there is none. */
function installedPnpm(): string {
  const folders = process.env.PATH?.split(delimiter) ?? [];
  const found = folders.map((folder) => join(folder, 'pnpm')).find((file) => existsSync(file));
  return found === undefined ? 'npx -y pnpm@12' : `'${found}'`;
}

/**
 * Links the repository's installed dependencies. The links between workspace packages are relative, and so lead to the
 * packages of the copy.
 */
function linkDependencies(at: (file: string) => string): void {
  symlinkSync(join(repository, 'node_modules'), at('node_modules'));
  for (const group of ['packages', 'apps'])
    for (const name of readdirSync(join(repository, group))) {
      const modules = join(repository, group, name, 'node_modules');
      if (!existsSync(modules)) continue;
      cpSync(modules, at(join(group, name, 'node_modules')), { recursive: true, verbatimSymlinks: true });
    }
}

async function run(
  program: string,
  args: readonly string[],
  cwd: string,
  environment: Readonly<Record<string, string>>,
): Promise<CommandResult> {
  const { DATABASE_URL: _, INIT_CWD: __, ...inherited } = process.env;
  const env = { ...inherited, NO_COLOR: '1', ...environment };
  return await new Promise((resolve, reject) => {
    execFile(program, args, { cwd, env, timeout: TIMEOUT_MS, maxBuffer: 1 << 26 }, (error, stdout, stderr) => {
      const status = error === null ? 0 : error.code;
      if (typeof status === 'number') resolve({ status, output: `${stdout}${stderr}` });
      else reject(new Error(`${args.join(' ')} was ended or could not start: ${stdout}${stderr}`, { cause: error }));
    });
  });
}
