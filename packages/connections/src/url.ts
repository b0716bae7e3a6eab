import postgres from 'postgres';
import type { Host } from './connector.ts';

/** The refusal of a URL. Neither the URL nor Node's error, which holds it, is kept: there is a password in it. */
export class BadUrl extends Error {
  override readonly name = 'BadUrl';

  constructor() {
    super('must be of the form postgres://user:password@host:port/database, special characters percent-encoded');
  }
}

/** Where a connection URL leads. */
export interface Destination {
  readonly hosts: readonly [Host, ...Host[]];
  /** `host:port/database`, for messages; never the user or the password. */
  readonly target: string;
}

/**
 * Reads a connection URL; what it leaves out comes from the driver's defaults (PGHOST and the like).
 *
 * @throws BadUrl
 */
export function destinationOf(url: string): Destination {
  const authority = /^postgres(?:ql)?:\/\/(?:[^/?#]*@)?([^/?#]*)/.exec(url)?.[1];
  if (authority === undefined) throw new BadUrl();
  try {
    // Opens nothing: connections are made when there is something to send.
    const { host, port, database } = postgres(url, { max: 1 }).options;
    const [first, ...others] = authority
      .split(',')
      .map((each) => hostOf(each, host[0] ?? 'localhost', port[0] ?? 5432));
    if (first === undefined) throw new BadUrl();
    const hosts = [first, ...others] as const;
    return { hosts, target: `${hosts.map((each) => `${each.host}:${each.port}`).join(',')}/${database}` };
  } catch {
    throw new BadUrl();
  }
}

function hostOf(text: string, defaultHost: string, defaultPort: number): Host {
  const match = /^(?:\[([^\]]*)\]|([^:]*))(?::(\d+))?$/.exec(text);
  const host = decodeURIComponent(match?.[1] ?? match?.[2] ?? '');
  return { host: host || defaultHost, port: match?.[3] === undefined ? defaultPort : Number(match[3]) };
}
