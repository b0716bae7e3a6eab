import { expect, test } from 'vitest';
import { type MigratorEvent, migrate } from '../../src/index.ts';
import { spawnRunner } from '../support/child.ts';
import { freshDatabase, otherSession } from '../support/database.ts';
import { writeFolder } from '../support/folder.ts';

test('after a runner was killed during a concurrent build, the next one waits for its server process, drops the INVALID index and builds', async () => {
  const { url, sql } = await freshDatabase();
  const index = '-- migrate: no-transaction\ncreate unique index concurrently if not exists songs_id on songs (id);';
  const set = writeFolder([
    { tag: '0000_songs', sql: 'create table songs (id int);' },
    { tag: '0001_index', sql: index },
  ]);
  await migrate({ folder: set, url, to: '0000_songs' });
  const writer = otherSession(url, 'writer');
  await writer.unsafe('begin; insert into songs values (1)');
  const runner = spawnRunner({ folder: set, url, applicationName: 'doomed' });
  await expect
    .poll(
      () =>
        sql`select from pg_stat_progress_create_index where datname = current_database() and phase like 'waiting for writers%'`,
      { timeout: 60_000 },
    )
    .toHaveLength(1);
  runner.process.kill('SIGKILL');
  await runner.ended;
  const events: MigratorEvent[] = [];
  const again = migrate({ folder: set, url, onEvent: (event) => events.push(event) });
  await expect.poll(() => events.map((it) => it.type), { timeout: 60_000 }).toContain('statement-progress');
  await writer.unsafe('commit');
  await again;
  expect(events).toContainEqual({ type: 'invalid-index-dropped', file: '0001_index', index: 'public.songs_id' });
  expect(await sql`select indisvalid, indisready from pg_index where indexrelid = 'songs_id'::regclass`).toEqual([
    { indisvalid: true, indisready: true },
  ]);
  await expect(sql`insert into songs values (1)`).rejects.toMatchObject({ code: '23505' });
});
