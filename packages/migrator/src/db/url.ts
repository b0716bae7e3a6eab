import { MigratorError } from '../errors.ts';

/**
 * Checks a connection URL and names its target as `host:port/database`, for messages: never the user or the password.
 * Throws BAD_URL without the URL itself, and without Node's error, which would hold it.
 */
export function checkUrl(url: string): string {
  const match = /^postgres(?:ql)?:\/\/(?:[^@/?]*@)?([^/?#]*)(?:\/([^?#]*))?/.exec(url);
  const hosts = match?.[1] ?? '';
  if (!match || !canBeParsed(url, hosts)) {
    throw new MigratorError(
      'BAD_URL',
      'The database URL is not of the form postgres://user:password@host:port/database. Percent-encode special characters of the password.',
    );
  }
  return `${hosts || 'localhost'}/${match[2] ?? ''}`;
}

/** Several hosts, comma-separated, are the driver's extension of the URL syntax: only the first is put to the parser. */
function canBeParsed(url: string, hosts: string): boolean {
  try {
    const parsed = new URL(url.replace(hosts, hosts.split(',')[0] ?? ''));
    decodeURIComponent(parsed.username);
    decodeURIComponent(parsed.password);
    return true;
  } catch {
    return false;
  }
}
