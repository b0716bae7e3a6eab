import { relative, resolve } from 'node:path';

/** The folder where the command was given: pnpm runs a script in its package's folder, and names the user's in INIT_CWD. */
function userFolder(): string {
  return process.env.INIT_CWD ?? process.cwd();
}

/** A path as the user gave it, made absolute. */
export function userPath(path: string): string {
  return resolve(userFolder(), path);
}

/** An absolute path as the user would give it. */
export function shownPath(path: string): string {
  return relative(userFolder(), path);
}
