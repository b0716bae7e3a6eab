import type { TransactionSql } from 'postgres';
import { beforeAll, describe, expect, test } from 'vitest';
import { bootstraps, useDatabase } from './support/database.ts';
import { addUsers } from './support/people.ts';
import { refusal } from './support/rejection.ts';

const LIMIT = 100;

describe.each(bootstraps)('attacks on %s', (bootstrap) => {
  const db = useDatabase(bootstrap);
  let full: string;
  let free: string;
  let proTrack: string;
  beforeAll(async () => {
    [full, free = ''] = await addUsers(db.superuser, 2);
    await db.sql`SELECT create_upload(${full}, 'full', 'audio/mpeg', ${LIMIT})`;
    await db.sql`INSERT INTO user_profiles ${db.sql({ user_id: free, tier: 'free' })}`;
    const [track] = await db.sql`
      INSERT INTO library_tracks (title, file_key, is_pro_only) VALUES ('Pro', 'pro', true) RETURNING id`;
    proTrack = track?.id;
  });

  /** Runs in a transaction that is undone: what the attack sets up does not outlive it. */
  async function attempt<T>(role: string, work: (tx: TransactionSql) => Promise<T>): Promise<T> {
    let result: { value: T } | undefined;
    const undo = new Error('undo');
    const transaction = db.sql.begin(async (tx) => {
      await tx.unsafe(`SET LOCAL ROLE ${role}`);
      result = { value: await work(tx) };
      throw undo;
    });
    await transaction.catch((error: unknown) => {
      if (error !== undo) throw error;
    });
    if (result === undefined) throw new Error('the attack did not run');
    return result.value;
  }

  const decisions = async (tx: TransactionSql) => {
    const [row] = await tx`
      SELECT public.check_user_upload_quota(${full}, 1, ${LIMIT}) AS quota, public.check_library_access(${free}, ${proTrack}) AS access`;
    return row;
  };
  const refused = { quota: false, access: false };

  test('without an attack both are refused, and the same questions about others are answered yes', async () => {
    expect(await attempt('service_role', decisions)).toEqual(refused);
    expect(
      await attempt('service_role', (tx) => tx`SELECT public.check_user_upload_quota(${free}, 1, ${LIMIT}) AS quota`),
    ).toEqual([{ quota: true }]);
  });

  // A temporary table takes no more than the TEMP privilege, which PUBLIC has.
  test.each(['uploads', 'upload_daily_usage', 'library_tracks', 'user_profiles'])(
    'a temporary table named %s changes no decision',
    async (table) => {
      const seen = await attempt('service_role', async (tx) => {
        await tx.unsafe(`CREATE TEMP TABLE ${table} AS SELECT * FROM public.${table} WITH NO DATA`);
        return decisions(tx);
      });
      expect(seen).toEqual(refused);
    },
  );

  test.each([
    'CREATE FUNCTION attack.now() RETURNS timestamptz LANGUAGE sql AS $$ SELECT pg_catalog.now() - interval $i$2 days$i$ $$',
    'CREATE FUNCTION attack.yes(bigint, bigint) RETURNS boolean LANGUAGE sql AS $$ SELECT true $$; CREATE OPERATOR attack.<= (leftarg = bigint, rightarg = bigint, function = attack.yes)',
    'CREATE FUNCTION attack.same(text, text) RETURNS boolean LANGUAGE sql AS $$ SELECT true $$; CREATE OPERATOR attack.= (leftarg = text, rightarg = text, function = attack.same)',
    'CREATE DOMAIN attack.bigint AS pg_catalog.int8 CHECK (value = 0)',
  ])('a schema ahead of pg_catalog in the path changes no decision: %s', async (ddl) => {
    const seen = await attempt('postgres', async (tx) => {
      await tx.unsafe(`CREATE SCHEMA attack; ${ddl}; SET LOCAL search_path = attack, pg_catalog, public`);
      return decisions(tx);
    });
    expect(seen).toEqual(refused);
  });

  test.each(['Etc/GMT+12', 'Etc/GMT-14', 'Asia/Kolkata'])('a session in %s has the same day', async (zone) => {
    const seen = await attempt('service_role', async (tx) => {
      await tx`SELECT set_config('TimeZone', ${zone}, true)`;
      return decisions(tx);
    });
    expect(seen).toEqual(refused);
  });

  test('a backdated row counts on the day it names, and the rest of today stays full', async () => {
    const seen = await attempt('postgres', async (tx) => {
      await tx`UPDATE uploads SET created_at = now() - interval '1 day' WHERE file_key = 'full'`;
      await tx`SELECT create_upload(${full}, 'again', 'audio/mpeg', ${LIMIT}, quota_limit => ${LIMIT})`;
      return tx`SELECT used_bytes FROM upload_daily_usage WHERE user_id = ${full} ORDER BY day`;
    });
    expect(seen).toEqual([{ used_bytes: '100' }, { used_bytes: '100' }]);
  });

  describe.each(['anon', 'authenticated'])('by %s', (role) => {
    const asVictim = (tx: TransactionSql, claims: object) =>
      tx`SELECT set_config('request.jwt.claims', ${JSON.stringify(claims)}, true), set_config('request.jwt.claim.sub', '', true)`;

    test.each([
      ['check_user_upload_quota', (user: string) => `SELECT public.check_user_upload_quota('${user}', 1)`],
      ['check_library_access', (user: string) => `SELECT public.check_library_access('${user}', '${user}')`],
      ['create_upload', (user: string) => `SELECT public.create_upload('${user}', 'k', 'audio/mpeg', 1)`],
      ['claim_deleted_objects', () => 'SELECT public.claim_deleted_objects()'],
      ['mark_objects_purged', () => "SELECT public.mark_objects_purged(gen_random_uuid(), '{1}')"],
      ['release_deleted_objects', () => "SELECT public.release_deleted_objects(gen_random_uuid(), '{1}')"],
      ['private.used_upload_bytes', (user: string) => `SELECT private.used_upload_bytes('${user}', now())`],
      ['private.recount_user_uploads', (user: string) => `SELECT private.recount_user_uploads('${user}')`],
    ])('%s cannot be called', async (_, call) => {
      expect((await refusal(attempt(role, (tx) => tx.unsafe(call(full))))).code).toBe('42501');
    });

    test('claims that name a stronger role give no more rights', async () => {
      const work = attempt(role, async (tx) => {
        await asVictim(tx, { sub: full, role: 'service_role' });
        return tx`INSERT INTO public.uploads (user_id, file_key, content_type, size_bytes) VALUES (${full}, 'x', 'audio/mpeg', 1)`;
      });
      expect((await refusal(work)).code).toBe('42501');
    });

    test('claims that are not JSON, or name nobody, open nothing', async () => {
      const read = (claims: string) =>
        attempt(role, async (tx) => {
          await tx`SELECT set_config('request.jwt.claims', ${claims}, true)`;
          return tx`SELECT id FROM public.uploads`;
        });
      const denied = role === 'anon' ? ['42501'] : ['22P02'];
      expect(denied).toContain((await refusal(read('{'))).code);
      expect(denied).toContain((await refusal(read('{"sub":"nobody"}'))).code);
      if (role === 'authenticated') {
        expect(await read('{}')).toEqual([]);
        expect(await read(JSON.stringify({ sub: full }))).toHaveLength(1);
      }
    });
  });
});
