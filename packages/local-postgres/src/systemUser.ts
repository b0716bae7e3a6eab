import { execFileSync } from 'node:child_process';
import { LocalPostgresError } from './errors.ts';

/** The user and group ids of a server process. */
export interface SystemUser {
  readonly uid: number;
  readonly gid: number;
}
export type LookUpUser = (name: string) => SystemUser | undefined;

/** Runs `id`, which also finds users that are not in /etc/passwd (LDAP, macOS). */
export const lookUpUser: LookUpUser = (name) => {
  try {
    const [uid, gid] = ['-u', '-g'].map((flag) =>
      Number(
        execFileSync('id', [flag, name], { encoding: 'utf8', timeout: 10_000, stdio: ['ignore', 'pipe', 'ignore'] }),
      ),
    );
    return uid !== undefined && gid !== undefined ? { uid, gid } : undefined;
  } catch {
    return undefined;
  }
};

/**
 * The user for the server process: PostgreSQL refuses to run as root, and initdb needs a user with a name: `postgres`, else
 * `nobody`.
 * @returns undefined when this process does not run as root
 * @throws LocalPostgresError NO_UNPRIVILEGED_USER
 */
export function serverUser(lookUp: LookUpUser = lookUpUser): SystemUser | undefined {
  if (process.geteuid?.() !== 0) return undefined;
  for (const name of ['postgres', '_postgres', 'nobody']) {
    const user = lookUp(name);
    if (user !== undefined && user.uid !== 0) return user;
  }
  throw new LocalPostgresError(
    'NO_UNPRIVILEGED_USER',
    'PostgreSQL does not run as root, and this machine has neither a user `postgres` nor `nobody`: run this as an ordinary user, or set DATABASE_URL.',
  );
}
