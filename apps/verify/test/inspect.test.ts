import { type PostgresServer, startThrowawayServer, type ThrowawayServer } from '@app/local-postgres';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Scene } from '../src/check.ts';
import { exitCodeOf, type Report } from '../src/report/report.ts';
import config from '../verify.config.ts';
import { DAMAGES } from './support/damages.ts';
import { inspecting, migratedOn, notices, said, shadowsOn, supabaseServer, wrong } from './support/inspection.ts';
import { tamperedFolder } from './support/tampering.ts';

let plain: ThrowawayServer;
beforeAll(async () => {
  plain = await startThrowawayServer({ bootstrap: 'plain' });
});
afterAll(() => plain.stop());

describe.each(['plain', 'supabase'] as const)('%s', (bootstrap) => {
  let server: PostgresServer;
  let inspectAt: ReturnType<typeof inspecting>;
  beforeAll(() => {
    server = bootstrap === 'plain' ? plain : supabaseServer();
    inspectAt = inspecting(shadowsOn(server));
  });

  test('a database that is what the migrations make is found to be so, and is the same afterwards', async () => {
    await using scene = await migratedOn(server);
    const before = await traces(scene);
    const report = await inspectAt(scene.url);
    expect(wrong(report)).toEqual([]);
    expect(report).toMatchObject({ outcome: 'proved', bootstrap });
    expect(exitCodeOf(report)).toBe(0);
    expect(await traces(scene)).toEqual(before);
  });

  describe('a database with one object of each kind damaged by hand', () => {
    let report: Report;
    beforeAll(async () => {
      await using scene = await migratedOn(server);
      for (const statement of DAMAGES.flatMap(({ statements }) => statements)) await attempt(scene, statement);
      report = await inspectAt(scene.url);
    });

    test.each(DAMAGES)('$what is named', ({ named }) => {
      for (const [name, words] of Object.entries(named)) {
        expect(said(report, name).join('\n')).toContain(words);
      }
    });

    test('nothing else is, and the exit code says so', () => {
      expect(wrong(report).toSorted()).toEqual(DAMAGES.flatMap(({ named }) => Object.keys(named)).toSorted());
      expect(exitCodeOf(report)).toBe(1);
    });
  });
});

test('a file that was edited after it was applied is named, and so is what it would make now', async () => {
  await using scene = await migratedOn(plain);
  const file = '20250101000011_add_quota_functions';
  const change = (text: string) => `${text}\n--> statement-breakpoint\nCREATE TABLE public.later (id int);\n`;
  await using folder = await tamperedFolder({ file, change });
  const report = await inspecting(shadowsOn(plain))(scene.url, { config: { ...config, migrations: folder.path } });
  expect(wrong(report)).toEqual([`ledger: edited: ${file}`, 'drift: missing: table public.later']);
});

test('a database that is behind is compared with the migrations that it has', async () => {
  await using scene = await migratedOn(plain);
  const inspectAt = inspecting(shadowsOn(plain));
  await scene.superuser.unsafe(`DELETE FROM drizzle.__drizzle_migrations
    WHERE created_at = (SELECT max(created_at) FROM drizzle.__drizzle_migrations)`);
  const report = await inspectAt(scene.url);
  expect(wrong(report)).toEqual(['ledger: every migration is applied']);
  expect(notices(report)).toContain('not ours: 3 index: ');
});

test("owners are compared with the owner of the tables, whatever the role's name", async () => {
  await using scene = await migratedOn(plain);
  const inspectAt = inspecting(shadowsOn(plain));
  await scene.superuser.unsafe('CREATE ROLE "the ""Owner"');
  await giveAwayTo(scene, '"the ""Owner"');
  const given = await inspectAt(scene.url);
  await scene.superuser.unsafe('ALTER TABLE public.uploads OWNER TO postgres');
  const mixed = await inspectAt(scene.url);
  await giveAwayTo(scene, 'authenticated');
  const open = await inspectAt(scene.url);
  expect(wrong(given)).toEqual([]);
  expect(wrong(mixed)).toEqual(['drift: changed: table public.uploads']);
  expect(JSON.stringify(open)).toContain('acts as the owner authenticated');
  expect(said(mixed, 'drift: changed: table public.uploads')).toEqual(['owner: "the ""Owner" | postgres']);
});

test('a power over the database that comes with a role is named, whatever the grants on tables are', async () => {
  await using scene = await migratedOn(plain);
  const inspectAt = inspecting(shadowsOn(plain));
  const check = 'roles: anon and authenticated have no power that goes past row security and grants';
  await scene.superuser.unsafe(
    'ALTER ROLE anon BYPASSRLS; GRANT CREATE ON SCHEMA public TO PUBLIC; GRANT service_role TO authenticated',
  );
  const report = await inspectAt(scene.url);
  await scene.superuser.unsafe(
    'ALTER ROLE anon NOBYPASSRLS; REVOKE CREATE ON SCHEMA public FROM PUBLIC; REVOKE service_role FROM authenticated',
  );
  expect(wrong(report)).toEqual([check]);
  expect(said(report, check)).toEqual([
    'anon: none | BYPASSRLS, CREATE on schema public',
    'authenticated: none | CREATE on schema public, acts as service_role',
  ]);
  expect(wrong(await inspectAt(scene.url))).toEqual([]);
});

test('a dropped table is one finding, not one for each of its columns', async () => {
  await using scene = await migratedOn(plain);
  await scene.superuser.unsafe('DROP TABLE public.user_profiles CASCADE');
  expect(wrong(await inspecting(shadowsOn(plain))(scene.url))).toEqual(['drift: missing: table public.user_profiles']);
});

/** A failed CREATE INDEX CONCURRENTLY is one of the damages. */
async function attempt({ superuser }: Scene, statement: string): Promise<void> {
  await superuser.unsafe(statement).catch((error: unknown) => {
    if (!statement.includes('CONCURRENTLY')) throw error;
  });
}

/** What any write to a table would change; other sessions' statistics arrive when their session ends. */
async function traces({ superuser }: Scene): Promise<unknown> {
  return await superuser`
    SELECT relid::regclass::text, n_tup_ins, n_tup_upd, n_tup_del, n_tup_hot_upd FROM pg_stat_user_tables ORDER BY 1`;
}

async function giveAwayTo({ superuser }: Scene, role: string): Promise<void> {
  await superuser.unsafe(`GRANT CREATE ON SCHEMA public TO ${role};
    DO $$ DECLARE one text; BEGIN
      FOR one IN SELECT format('TABLE %s', oid::regclass) FROM pg_class WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace
        UNION ALL SELECT format('FUNCTION %s', oid::regprocedure) FROM pg_proc WHERE pronamespace IN ('public'::regnamespace, 'private'::regnamespace)
        UNION ALL SELECT 'SCHEMA private'
      LOOP EXECUTE format('ALTER %s OWNER TO ${role}', one); END LOOP;
    END $$`);
}
