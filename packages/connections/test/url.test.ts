import { writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { inspect } from 'node:util';
import { beforeAll, describe, expect, test } from 'vitest';
import { BadUrl, type ConnectionUrl, readConnectionUrl } from '../src/url.ts';

const bundle = join(tmpdir(), `root-${process.pid}.pem`);
const unchecked = { rejectUnauthorized: false };
const checked = {};

beforeAll(() => writeFileSync(bundle, 'the certificates'));

describe('the URLs of providers', () => {
  test.each<[string, string, string, Partial<ConnectionUrl>]>([
    [
      'Neon, direct',
      'postgresql://neondb_owner:npg_secret@ep-cool-darkness-a1b2c3d4.eu-central-1.aws.neon.tech/neondb?sslmode=require&channel_binding=require',
      'ep-cool-darkness-a1b2c3d4.eu-central-1.aws.neon.tech:5432/neondb',
      { user: 'neondb_owner', password: 'npg_secret', tls: checked, transactionPooler: false },
    ],
    [
      'Neon, pooled',
      'postgresql://neondb_owner:npg_secret@ep-cool-darkness-a1b2c3d4-pooler.eu-central-1.aws.neon.tech/neondb?sslmode=require',
      'ep-cool-darkness-a1b2c3d4-pooler.eu-central-1.aws.neon.tech:5432/neondb',
      { tls: unchecked, transactionPooler: true },
    ],
    [
      'Neon, for a client without SNI',
      'postgres://u:secret@ep-x.neon.tech/neondb?options=endpoint%3Dep-x&sslmode=require',
      'ep-x.neon.tech:5432/neondb',
      { parameters: { options: 'endpoint=ep-x' } },
    ],
    [
      'Supabase, direct',
      'postgresql://postgres:secret@db.abcdefghijklmnop.supabase.co:5432/postgres',
      'db.abcdefghijklmnop.supabase.co:5432/postgres',
      { user: 'postgres', tls: 'prefer', transactionPooler: false },
    ],
    [
      'Supabase, session pooler',
      'postgres://postgres.abcdefghijklmnop:secret@aws-0-eu-central-1.pooler.supabase.com:5432/postgres',
      'aws-0-eu-central-1.pooler.supabase.com:5432/postgres',
      { user: 'postgres.abcdefghijklmnop', transactionPooler: false },
    ],
    [
      'Supabase, transaction pooler',
      'postgres://postgres.abcdefghijklmnop:secret@aws-0-eu-central-1.pooler.supabase.com:6543/postgres',
      'aws-0-eu-central-1.pooler.supabase.com:6543/postgres',
      { transactionPooler: true, parameters: {} },
    ],
    [
      'Supabase, for Prisma',
      'postgresql://postgres.x:secret@aws-0-eu-central-1.pooler.supabase.com:6543/postgres?pgbouncer=true&connection_limit=1',
      'aws-0-eu-central-1.pooler.supabase.com:6543/postgres',
      { transactionPooler: true, maxConnections: 1, parameters: {}, notice: undefined },
    ],
    [
      'Supabase, through Vercel',
      'postgres://postgres.x:secret@aws-0-us-east-1.pooler.supabase.com:6543/postgres?sslmode=require&supa=base-pooler.x',
      'aws-0-us-east-1.pooler.supabase.com:6543/postgres',
      { tls: unchecked, parameters: {}, notice: expect.stringContaining('supa') },
    ],
    [
      'RDS',
      `postgresql://master:secret@library.abc123.eu-central-1.rds.amazonaws.com:5432/postgres?sslmode=verify-full&sslrootcert=${bundle}`,
      'library.abc123.eu-central-1.rds.amazonaws.com:5432/postgres',
      { tls: { ca: 'the certificates' } },
    ],
    [
      'Railway, private',
      'postgresql://postgres:secret@postgres.railway.internal:5432/railway',
      'postgres.railway.internal:5432/railway',
      { tls: 'prefer' },
    ],
    [
      'Railway, public',
      'postgresql://postgres:secret@roundhouse.proxy.rlwy.net:54321/railway',
      'roundhouse.proxy.rlwy.net:54321/railway',
      { tls: 'prefer' },
    ],
    [
      'Heroku, which demands TLS and does not say so',
      'postgres://u1a2b3:p4c5d6@ec2-1-2-3-4.compute-1.amazonaws.com:5432/d7e8f9',
      'ec2-1-2-3-4.compute-1.amazonaws.com:5432/d7e8f9',
      { user: 'u1a2b3', tls: 'prefer' },
    ],
    [
      'Prisma',
      'postgresql://johndoe:secret@localhost:5432/mydb?schema=public&connection_limit=5&pool_timeout=20&connect_timeout=3',
      'localhost:5432/mydb',
      {
        ...{ maxConnections: 5, connectTimeoutMs: 3_000, parameters: {} },
        notice: 'Ignored in the database URL, as settings of other clients: pool_timeout.',
      },
    ],
    [
      'Prisma, another schema',
      'postgresql://johndoe:secret@localhost:5432/mydb?schema=media&sslaccept=strict',
      'localhost:5432/mydb',
      { parameters: { search_path: '"media"' }, tls: checked },
    ],
    [
      'Prisma Postgres, direct',
      'postgres://abc:sk_secret@db.prisma.io:5432/?sslmode=require',
      'db.prisma.io:5432/',
      { database: undefined, tls: unchecked },
    ],
    [
      'Fly, unmanaged',
      'postgres://app:secret@app-db.flycast:5432/app?sslmode=disable',
      'app-db.flycast:5432/app',
      { tls: false },
    ],
    [
      'Fly, nearest',
      'postgres://postgres:secret@top2.nearest.of.app-db.internal:5432',
      'top2.nearest.of.app-db.internal:5432/',
      { database: undefined },
    ],
    [
      'Fly, managed',
      'postgresql://fly-user:secret@pgbouncer.abc123.flympg.net/fly-db',
      'pgbouncer.abc123.flympg.net:5432/fly-db',
      { transactionPooler: false },
    ],
  ])('%s', (_, url, target, expected) => {
    expect(readConnectionUrl(url)).toMatchObject({ target, ...expected });
  });
});

describe('hosts', () => {
  test.each<[string, ConnectionUrl['hosts'], ConnectionUrl['session']]>([
    ['postgres://u@localhost/d', [{ host: 'localhost', port: 5432 }], 'any'],
    ['postgres://u@[::1]:5433/d', [{ host: '::1', port: 5433 }], 'any'],
    ['postgres://u@[fe80::1]/d?target_session_attrs=read-write', [{ host: 'fe80::1', port: 5432 }], 'primary'],
    ['postgres:///d?host=/var/run/postgresql', [{ host: '/var/run/postgresql', port: 5432 }], 'any'],
    ['postgres:///d?host=/tmp&port=5444', [{ host: '/tmp', port: 5444 }], 'any'],
    ['postgres://u@%2Fvar%2Frun/d', [{ host: '/var/run', port: 5432 }], 'any'],
    ['postgres://u@a,b:5433/d', [{ host: 'a', port: 5432 }, { host: 'b', port: 5433 }], 'primary'], // biome-ignore format: a line
    ['postgres:///d?host=a,b&port=1,2', [{ host: 'a', port: 1 }, { host: 'b', port: 2 }], 'primary'], // biome-ignore format: a line
    ['postgres://a,[::1]:2/d?target_session_attrs=standby', [{ host: 'a', port: 5432 }, { host: '::1', port: 2 }], 'standby'], // biome-ignore format: a line
    ['postgres://a,b/d?target_session_attrs=prefer-standby', [{ host: 'a', port: 5432 }, { host: 'b', port: 5432 }], 'prefer-standby'], // biome-ignore format: a line
    ['postgres://a,b/d?target_session_attrs=any', [{ host: 'a', port: 5432 }, { host: 'b', port: 5432 }], 'any'], // biome-ignore format: a line
  ])('%s', (url, hosts, session) => {
    expect(readConnectionUrl(url)).toMatchObject({ hosts, session });
  });

  test('the target for messages has brackets around an IPv6 address', () => {
    expect(readConnectionUrl('postgres://u@[::1]:5433,a/d').target).toBe('[::1]:5433,a:5432/d');
  });
});

describe('TLS', () => {
  const unchecked = { rejectUnauthorized: false };
  const anyName = { checkServerIdentity: expect.any(Function) };
  test.each<[string, unknown]>([
    ['sslmode=disable', false],
    ['sslmode=allow', 'prefer'],
    ['sslmode=prefer', 'prefer'],
    ['sslmode=require', unchecked],
    ['sslmode=verify-ca', anyName],
    ['sslmode=verify-full', {}],
    ['sslmode=no-verify', unchecked],
    ['ssl=true', {}],
    ['ssl=false', false],
    ['ssl=require', unchecked],
    ['', 'prefer'],
    [`sslmode=require&sslrootcert=${bundle}`, { ...anyName, ca: 'the certificates' }],
    ['sslrootcert=system', {}],
    ['sslmode=require&channel_binding=require', {}],
    ['sslmode=prefer&channel_binding=prefer', 'prefer'],
    ['sslmode=require&gssencmode=prefer', unchecked],
    ['sslmode=verify-full&ssl_min_protocol_version=TLSv1.3', { minVersion: 'TLSv1.3' }],
    [
      `sslmode=require&sslcert=${bundle}&sslkey=${bundle}`,
      { ...unchecked, cert: 'the certificates', key: 'the certificates' },
    ],
  ])('%s', (query, tls) => {
    expect(readConnectionUrl(`postgres://u@h/d?${query}`)).toMatchObject({ parameters: {}, notice: undefined });
    expect(readConnectionUrl(`postgres://u@h/d?${query}`).tls).toEqual(tls);
  });

  test('a Unix socket has no TLS', () => {
    expect(readConnectionUrl('postgres:///d?host=/tmp').tls).toBe(false);
  });
});

test('other parameters are sent to the server', () => {
  const { parameters, applicationName } = readConnectionUrl(
    'postgres://u@h/d?application_name=api&options=-c%20jit%3Doff&role=service_role&client_encoding=UTF8',
  );
  expect(parameters).toEqual({ options: '-c jit=off', role: 'service_role' });
  expect(applicationName).toBe('api');
});

describe('refused, without the password', () => {
  test.each<[string, string | undefined]>([
    ['secret', undefined],
    ['mysql://u:secret@h/d', undefined],
    ['prisma+postgres://accelerate.prisma-data.net/?api_key=secret', undefined],
    ['postgres://u:secret%@h/d', undefined],
    ['postgres://u:sec/ret@h/d', undefined],
    ['postgres://u:1/secret@h/d', undefined],
    ['postgres://u:1?secret@h/d', undefined],
    ['postgres://u:sec#ret@h/d', undefined],
    ['postgres://u:sec@ret@h/d', undefined],
    ['postgres://u:secret@h:99999/d', 'port'],
    ['postgres://u:secret@h:http/d', undefined],
    ['postgres://u:secret@::1/d', undefined],
    ['postgres://u:secret@h/d?sslmode=on', 'sslmode'],
    ['postgres://u:secret@h/d?sslrootcert=/nowhere/root.crt', 'sslrootcert'],
    ['postgres://u:secret@h/d?sslmode=disable&channel_binding=require', 'sslmode'],
    ['postgres://u:secret@h/d?gssencmode=require', 'gssencmode'],
    ['postgres://u:secret@h/d?sslcrl=/etc/crl.pem', 'sslcrl'],
    ['postgres://u:secret@h/d?require_auth=scram-sha-256', 'require_auth'],
    ['postgres://u:secret@h/d?requirepeer=postgres', 'requirepeer'],
    ['postgres://u:secret@h/d?hostaddr=10.0.0.1', 'hostaddr'],
    ['postgres://u:secret@h/d?service=prod', 'service'],
    ['postgres://u:secret@h/d?connection_limit=none', 'connection_limit'],
    ['postgres://u:secret@h/d?connect_timeout=soon', 'connect_timeout'],
    ['postgres://u:secret@h/d?pgbouncer=1', 'pgbouncer'],
    ['postgres://u:secret@h/d?target_session_attrs=leader', 'target_session_attrs'],
  ])('%s', (url, parameter) => {
    const error = (() => {
      try {
        return readConnectionUrl(url);
      } catch (thrown) {
        return thrown;
      }
    })();
    expect(error).toBeInstanceOf(BadUrl);
    expect(error).toMatchObject({ parameter });
    if (parameter !== undefined) expect((error as BadUrl).message).toContain(parameter);
    expect(inspect(error, { depth: 10, showHidden: true })).not.toMatch(/secret|ret@/);
  });
});
