import { readFileSync } from 'node:fs';
import type { ConnectionOptions } from 'node:tls';

export interface Host {
  /** A name, an address, or the directory of a Unix socket. */
  readonly host: string;
  readonly port: number;
}

/** The kind of server that a session accepts, as `target_session_attrs`. */
export type SessionKind = 'any' | 'primary' | 'standby' | 'prefer-standby';

/** The values of libpq's sslmode. */
export type TlsMode = 'disable' | 'allow' | 'prefer' | 'require' | 'verify-ca' | 'verify-full';

/** The option `ssl` of postgres.js. */
export type Tls = false | 'prefer' | ConnectionOptions;

/** The contents of a connection URL. */
export interface ConnectionUrl {
  readonly hosts: readonly [Host, ...Host[]];
  /** `host:port/database`, for messages; never the user or the password. */
  readonly target: string;
  readonly user: string | undefined;
  readonly password: string | undefined;
  readonly database: string | undefined;
  readonly tls: Tls;
  /** The certificates of the URL, for a caller that sets the mode itself. */
  readonly certificates: Certificates;
  /** `direct` begins TLS without an SSLRequest message. */
  readonly tlsNegotiation: 'postgres' | 'direct';
  readonly session: SessionKind;
  /** Whether a pooler may run statements of one connection in different server processes. */
  readonly transactionPooler: boolean;
  readonly maxConnections: number | undefined;
  readonly connectTimeoutMs: number | undefined;
  readonly applicationName: string | undefined;
  /** Parameters of the startup message: `options`, `search_path`, `role` and other settings of the server. */
  readonly parameters: Readonly<Record<string, string>>;
  /** A sentence that names the parameters that were ignored; undefined where none was. */
  readonly notice: string | undefined;
}

export type Certificates = Pick<ConnectionOptions, 'ca' | 'cert' | 'key' | 'passphrase' | 'minVersion' | 'maxVersion'>;

/**
 * The refusal of a URL. Its message is a sentence without the subject (`must be …`). Neither the message nor a cause holds
 * the URL, which has a password.
 */
export class BadUrl extends Error {
  override readonly name = 'BadUrl';
  /** The refused parameter; undefined where the URL as a whole is refused. */
  readonly parameter: string | undefined;

  constructor(
    message = 'must be of the form postgres://user:password@host:port/database, special characters percent-encoded',
    parameter?: string,
  ) {
    super(message);
    this.parameter = parameter;
  }
}

const FORM = /^postgres(?:ql)?:\/\/(?:([^/?#@:]*)(?::([^/?#@]*))?@)?([^/?#@]*)(?:\/([^/?#@]*))?(?:\?([^#@]*))?$/;

/** Settings of other clients and of sockets, without effect on results. */
const IGNORED =
  /^(?:pool_timeout|socket_timeout|max_idle_connection_lifetime|statement_cache_size|single_use_connections|uselibpqcompat|keepalives\w*|tcp_user_timeout|load_balance_hosts|krbsrvname|gsslib|supa|workaround)$/;

/** Unsupported parameters about certificates, addresses and authentication: to ignore them would weaken security. */
const REFUSED = /^(?:ssl\w*|gss\w*|require\w*|hostaddr|service|servicefile|passfile|scram_\w+|oauth_\w+|replication)$/;

const POOLER_PORT = 6543;
const NEON_POOLER = /-pooler\.(?:[\w-]+\.)*neon\.tech$/;

/**
 * Reads a connection URL as libpq does, with the parameters of Prisma, node-postgres and postgres.js. PGHOST and PGPORT are
 * the defaults of host and port. Certificate files are read.
 *
 * @throws BadUrl also for a parameter that cannot be honoured and that makes a connection more secure
 */
export function readConnectionUrl(url: string): ConnectionUrl {
  const match = typeof url === 'string' ? FORM.exec(url) : null;
  if (match === null) throw badUrl(url);
  const [, user, password, authority = '', path = '', query = ''] = match;
  const given = parametersOf(query);
  const take = (name: string): string | undefined => {
    const value = given.get(name);
    given.delete(name);
    return value === '' ? undefined : value;
  };
  const database = take('dbname') ?? (decoded(path) || undefined);
  const hosts = hostsOf(authority, take('host'), take('port'));
  const pooler = flag('pgbouncer', take('pgbouncer')) ?? hosts.some(isPooler);
  const schema = take('schema');
  const ignored = [...given.keys()].filter((name) => IGNORED.test(name));
  for (const name of ignored) given.delete(name);
  const read = {
    hosts,
    target: `${hosts.map(nameOf).join(',')}/${database ?? ''}`,
    user: take('user') ?? decoded(user),
    password: take('password') ?? decoded(password),
    database,
    ...tlsOf(hosts, take),
    session: sessionKind(take('target_session_attrs'), hosts.length),
    transactionPooler: pooler,
    maxConnections: whole('connection_limit', take('connection_limit'), 1),
    // In libpq 0 means no limit.
    connectTimeoutMs: (whole('connect_timeout', take('connect_timeout'), 0) ?? 0) * 1000 || undefined,
    applicationName: take('application_name') ?? given.get('fallback_application_name'),
    notice:
      ignored.length === 0
        ? undefined
        : `Ignored in the database URL, as settings of other clients: ${ignored.join(', ')}.`,
  };
  for (const name of ['fallback_application_name', 'client_encoding']) given.delete(name);
  for (const name of given.keys()) if (REFUSED.test(name)) throw unsupported(name);
  const searchPath: Record<string, string> =
    schema === undefined || schema === 'public' ? {} : { search_path: `"${schema.replaceAll('"', '""')}"` };
  return { ...read, parameters: { ...searchPath, ...Object.fromEntries(given) } };
}

/** The options of postgres.js for a URL: `postgres(driverOptions(read))`, without the URL. */
export function driverOptions(url: ConnectionUrl) {
  const [first] = url.hosts;
  return {
    ...(first.host.startsWith('/') ? { path: socketPath(first) } : {}),
    // The driver accepts lists; its types do not.
    host: url.hosts.map(({ host }) => host) as unknown as string,
    port: url.hosts.map(({ port }) => port) as unknown as number,
    ...(url.user === undefined ? {} : { user: url.user }),
    ...(url.password === undefined ? {} : { password: url.password }),
    ...(url.database === undefined ? {} : { database: url.database }),
    ...(url.tlsNegotiation === 'direct' ? { sslnegotiation: 'direct' as const } : {}),
    ...(url.session === 'any' ? {} : { target_session_attrs: url.session }),
    ssl: url.tls,
    connection: { ...url.parameters },
  };
}

export const socketPath = ({ host, port }: Host): string => `${host}/.s.PGSQL.${port}`;

/** The option `ssl` of postgres.js for a mode. */
export function tlsOfMode(mode: TlsMode, certificates: Certificates): Tls {
  switch (mode) {
    case 'disable':
      return false;
    // libpq's `allow` tries without TLS first, which is weaker.
    case 'allow':
    case 'prefer':
      return 'prefer';
    case 'require':
      return { ...certificates, rejectUnauthorized: false };
    case 'verify-ca':
      return { ...certificates, checkServerIdentity: () => undefined };
    case 'verify-full':
      return certificates;
  }
}

type Take = (name: string) => string | undefined;

const MODES: readonly TlsMode[] = ['disable', 'allow', 'prefer', 'require', 'verify-ca', 'verify-full'];

function tlsOf(hosts: readonly Host[], take: Take): Pick<ConnectionUrl, 'tls' | 'certificates' | 'tlsNegotiation'> {
  const root = take('sslrootcert');
  const negotiation = oneOf('sslnegotiation', take('sslnegotiation') ?? 'postgres', ['postgres', 'direct']);
  const certificates: Certificates = {
    ...(root === undefined || root === 'system' ? {} : { ca: fileOf('sslrootcert', root) }),
    ...file('cert', 'sslcert', take('sslcert')),
    ...file('key', 'sslkey', take('sslkey')),
    ...version('minVersion', 'ssl_min_protocol_version', take('ssl_min_protocol_version')),
    ...version('maxVersion', 'ssl_max_protocol_version', take('ssl_max_protocol_version')),
  };
  const passphrase = take('sslpassword');
  if (passphrase !== undefined) certificates.passphrase = passphrase;
  // GSS encryption is not supported, which satisfies `disable` and `prefer`.
  if (oneOf('gssencmode', take('gssencmode') ?? 'prefer', ['disable', 'prefer', 'require']) === 'require')
    throw unsupported('gssencmode', 'require');
  const mode = modeOf(take, root);
  const isLocal = hosts.every(({ host }) => host.startsWith('/'));
  return { tls: tlsOfMode(isLocal ? 'disable' : mode, certificates), certificates, tlsNegotiation: negotiation };
}

/** libpq's default is `prefer`. With a root certificate, `require` is `verify-ca`. */
function modeOf(take: Take, root: string | undefined): TlsMode {
  const ssl = take('ssl');
  const written =
    take('sslmode') ?? (ssl === 'true' || ssl === '1' ? 'verify-full' : ssl === 'false' ? 'disable' : ssl);
  const accept = oneOf('sslaccept', take('sslaccept') ?? 'accept_invalid_certs', ['strict', 'accept_invalid_certs']);
  let mode = oneOf('sslmode', written === 'no-verify' ? 'require' : (written ?? 'prefer'), MODES);
  if (mode === 'require' && root !== undefined) mode = 'verify-ca';
  const binding = oneOf('channel_binding', take('channel_binding') ?? 'prefer', ['disable', 'prefer', 'require']);
  if (binding !== 'require' && accept !== 'strict' && root !== 'system') return mode;
  // postgres.js has no channel binding. To check the certificate and its name prevents the same attack, a machine in the middle.
  if (mode === 'disable')
    throw new BadUrl(
      'must not have sslmode=disable together with a parameter that demands a secure connection',
      'sslmode',
    );
  return 'verify-full';
}

function sessionKind(value: string | undefined, hosts: number): SessionKind {
  const kinds = ['any', 'primary', 'standby', 'prefer-standby', 'read-write', 'read-only'] as const;
  const kind = oneOf('target_session_attrs', value ?? (hosts > 1 ? 'primary' : 'any'), kinds);
  return kind === 'read-write' ? 'primary' : kind === 'read-only' ? 'standby' : kind;
}

/** Supabase's transaction pooler has its own port, Neon's pooler its own host name. */
const isPooler = ({ host, port }: Host): boolean => port === POOLER_PORT || NEON_POOLER.test(host);

const nameOf = ({ host, port }: Host): string => `${host.includes(':') ? `[${host}]` : host}:${port}`;

function hostsOf(authority: string, query: string | undefined, ports: string | undefined): [Host, ...Host[]] {
  const port = (text: string | undefined) => whole('port', text || process.env.PGPORT || '5432', 1, 65_535) ?? 5432;
  const portList = ports?.split(',') ?? [];
  const portAt = (index: number) => (portList.length === 1 ? portList[0] : portList[index]);
  const texts = query === undefined ? authority.split(',') : query.split(',').map((host) => host.replace(/:/g, '%3A'));
  const [first, ...others] = texts.map((text, index): Host => {
    const match = /^(?:\[([^\]]*)\]|([^:[\]]*))(?::(\d*))?$/.exec(text);
    if (match === null) throw new BadUrl();
    const host = decoded(match[1] ?? match[2]) || process.env.PGHOST || 'localhost';
    return { host, port: port(match[3] || portAt(index)) };
  });
  if (first === undefined) throw new BadUrl();
  return [first, ...others];
}

function parametersOf(query: string): Map<string, string> {
  const parameters = new Map<string, string>();
  for (const pair of query.split('&').filter(Boolean)) {
    const at = pair.indexOf('=');
    if (at < 1) throw new BadUrl();
    parameters.set(decoded(pair.slice(0, at)) ?? '', decoded(pair.slice(at + 1)) ?? '');
  }
  return parameters;
}

function decoded(text: string | undefined): string | undefined {
  try {
    return text === undefined ? undefined : decodeURIComponent(text);
  } catch {
    throw new BadUrl();
  }
}

function badUrl(url: unknown): BadUrl {
  if (typeof url === 'string' && url.startsWith('prisma'))
    return new BadUrl('must be the direct postgres:// URL: prisma:// is the protocol of Prisma’s own service');
  return new BadUrl();
}

const unsupported = (name: string, value?: string): BadUrl =>
  new BadUrl(
    `must not have ${name}${value === undefined ? '' : `=${value}`}, which is not supported and is not safe to ignore`,
    name,
  );

function oneOf<Value extends string>(name: string, value: string, values: readonly Value[]): Value {
  const found = values.find((each) => each === value);
  if (found === undefined) throw new BadUrl(`must have as ${name} one of ${values.join(', ')}`, name);
  return found;
}

function flag(name: string, value: string | undefined): boolean | undefined {
  return value === undefined ? undefined : oneOf(name, value, ['true', 'false']) === 'true';
}

function whole(name: string, value: string | undefined, min: number, max = 10_000): number | undefined {
  if (value === undefined) return undefined;
  const number = /^\d+$/.test(value) ? Number(value) : Number.NaN;
  if (number >= min && number <= max) return number;
  throw new BadUrl(`must have as ${name} a whole number from ${min} to ${max}`, name);
}

function file(field: 'cert' | 'key', name: string, path: string | undefined): Certificates {
  return path === undefined ? {} : { [field]: fileOf(name, path) };
}

function fileOf(name: string, path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    throw new BadUrl(`must name as ${name} a file that can be read`, name);
  }
}

function version(field: 'minVersion' | 'maxVersion', name: string, value: string | undefined): Certificates {
  return value === undefined ? {} : { [field]: oneOf(name, value, ['TLSv1.2', 'TLSv1.3']) };
}
