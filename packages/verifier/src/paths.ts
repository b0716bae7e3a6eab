import { relative, resolve } from 'node:path';

/** The folder where the user ran the command. pnpm changes the working directory and sets INIT_CWD to that folder. */
function userFolder(): string {
  return process.env.INIT_CWD ?? process.cwd();
}

/** Makes a path of the user absolute. */
export function userPath(path: string): string {
  return resolve(userFolder(), path);
}

/** An absolute path, relative to the user's folder. */
export function shownPath(path: string): string {
  return relative(userFolder(), path);
}
