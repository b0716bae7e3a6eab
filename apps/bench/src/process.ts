import { type ExecFileException, execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const TIMEOUT_MS = 180_000;

/** A command line and its working folder. */
export interface Command {
  readonly file: string;
  readonly args: readonly string[];
  readonly cwd?: string;
}

/** Runs a package's command by Node, without the shell script of the package manager. */
export function tool(file: URL, args: readonly string[], cwd?: string): Command {
  return { file: process.execPath, args: [fileURLToPath(file), ...args], ...(cwd !== undefined && { cwd }) };
}

/** Runs a TypeScript file by Node. */
export function script(file: URL, args: readonly string[]): Command {
  return { file: process.execPath, args: ['--import', 'tsx/esm', fileURLToPath(file), ...args] };
}

/**
 * Runs the command to its end.
 * @param url its DATABASE_URL
 * @returns its standard output
 * @throws Error with its output if it fails or takes three minutes
 */
export async function run({ file, args, cwd }: Command, url: string): Promise<string> {
  const env = { ...process.env, DATABASE_URL: url, NO_COLOR: '1' };
  try {
    const running = promisify(execFile)(file, args, {
      ...{ cwd, env, timeout: TIMEOUT_MS, killSignal: 'SIGKILL', maxBuffer: 2 ** 26 },
    });
    running.child.stdin?.end();
    return (await running).stdout;
  } catch (error) {
    const { code, stdout = '', stderr = '' } = error as ExecFileException;
    const said = `${stdout}${stderr}`.slice(-2_000);
    throw new Error(`${[file, ...args].join(' ')} ended with ${code}: ${said}`.replaceAll(url, 'the database'));
  }
}
