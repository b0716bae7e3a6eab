import { expect, test } from 'vitest';
import { Session } from '../src/db/session.ts';
import { migrate, status } from '../src/index.ts';
import { resolveOptions } from '../src/options.ts';
import { commit } from '../src/run/step.ts';
import { freshDatabase } from './support/database.ts';
import { writeFolder } from './support/folder.ts';
import { rejection } from './support/rejection.ts';

test('a COMMIT that the server answers with ROLLBACK, without an error, is a failure; one that commits is not', async () => {
  const { url, sql } = await freshDatabase();
  const { session } = await Session.open(resolveOptions({ folder: '', url }), 'test');
  await session.run('begin');
  await session.run('create table t ()');
  await expect(session.run('select 1 / 0')).rejects.toMatchObject({ code: '22012' });
  expect(await rejection(commit(session))).toMatchObject({ code: 'COMMIT_ROLLED_BACK', exitCode: 1 });
  expect(await sql`select to_regclass('t') as t`).toEqual([{ t: null }]);
  await session.run('begin');
  await session.run('create table t ()');
  await commit(session);
  expect(await sql`select to_regclass('t')::text as t`).toEqual([{ t: 't' }]);
  await session.close();
});

test('a constraint that fails at COMMIT is reported with the file, and the file is not recorded', async () => {
  const { url, sql } = await freshDatabase();
  const deferred = 'create table t (id int unique deferrable initially deferred); insert into t values (1), (1);';
  const folder = writeFolder([{ tag: '0000_deferred', sql: deferred }]);
  const error = await rejection(migrate({ folder, url }));
  expect(error.toJSON()).toMatchObject({
    code: 'STATEMENT_FAILED',
    file: '0000_deferred',
    sqlstate: '23505',
    constraint: 't_id_key',
  });
  expect((await status({ folder, url })).pending).toHaveLength(1);
  expect(await sql`select to_regclass('t') as t`).toEqual([{ t: null }]);
});
