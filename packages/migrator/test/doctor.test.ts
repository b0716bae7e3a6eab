import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { doctor, type Problem, type ProblemKind } from '../src/index.ts';
import { writeFolder } from './support/folder.ts';
import { rejection } from './support/rejection.ts';
import { sample } from './support/sample.ts';

async function examine(sql: string): Promise<Pick<Problem, 'kind' | 'severity'>[]> {
  const problems = await doctor(writeFolder([{ tag: '0000_it', sql }]));
  return problems.map(({ kind, severity, line }) => ({ kind, severity, line }));
}

const aside = '-- migrate: no-transaction\n';

test('a folder without a fault has warnings at most', async () => {
  const problems = await doctor(writeFolder(sample));
  // The sample has statements that are not idempotent.
  expect(problems.map((it) => [it.file, it.kind, it.severity, it.line])).toEqual([
    ['0006_batches', 'not_rerunnable', 'warning', 13],
  ]);
});

test('the doctor finds what drizzle-kit check does not: a `when` that goes backwards, a missing file', async () => {
  const folder = writeFolder([
    { tag: '0000_a', sql: 'select 1', when: 2000 },
    { tag: '0001_b', sql: 'select 1', when: 1000 },
  ]);
  const journal = JSON.parse(readFileSync(join(folder, 'meta/_journal.json'), 'utf8'));
  journal.entries.push({ idx: 2, when: 3000, tag: '0002_gone' });
  writeFileSync(join(folder, 'meta/_journal.json'), JSON.stringify(journal));
  expect((await doctor(folder)).map((it) => [it.kind, it.file])).toEqual([
    ['file_missing', '0002_gone'],
    ['backwards_when', '0001_b'],
  ]);
});

describe('inside a file', () => {
  const faults: [ProblemKind, string, string][] = [
    ['syntax_error', 'select 1;\n\nselect from where;', 'select 1;\n\nselect;'],
    ['syntax_error', `select '😀';\n\\i other.sql`, `select '😀';\n-- \\i other.sql`],
    ['syntax_error', `select $$ open;`, `select $$ open; $$;`],
    ['marker_invalid', `\n${aside}select 1`, `${aside}vacuum;`],
    ['marker_invalid', '-- migrate: no-transactions\nselect 1', '-- no-transactions to migrate\nselect 1'],
    ['transaction_control', 'begin; select 1; commit', `do $$ begin perform 1; end $$`],
    [
      'transaction_unsupported',
      'savepoint a; rollback',
      `create function f() returns int language sql begin atomic select 1; end`,
    ],
    ['copy_stream', 'copy t from stdin', `copy t from '/tmp/file'`],
    [
      'needs_no_transaction',
      'create index concurrently i on t (a)',
      `${aside}create index concurrently if not exists i on t (a)`,
    ],
    ['needs_no_transaction', 'drop index concurrently i', 'drop index i'],
    ['needs_no_transaction', 'reindex table concurrently t', 'reindex table t'],
    ['needs_no_transaction', 'reindex (concurrently) index i', 'reindex (concurrently false) index i'],
    ['needs_no_transaction', 'vacuum t', 'analyze t'],
    ['needs_no_transaction', 'alter table t detach partition p concurrently', 'alter table t detach partition p'],
    [
      'not_rerunnable',
      `${aside}create index concurrently i on t (a)`,
      `${aside}create index concurrently if not exists i on t (a)`,
    ],
    [
      'not_rerunnable',
      `${aside}create index concurrently on t (a)`,
      `${aside}create index concurrently if not exists t_a on t (a)`,
    ],
    ['not_rerunnable', `${aside}drop index concurrently i`, `${aside}drop index concurrently if exists i`],
    [
      'not_resumable',
      `${aside}create temp table t (a int);\ninsert into t values (1)`,
      `${aside}create temp table t (a int)`,
    ],
    [
      'not_resumable',
      `${aside}create temp table t (a int);\ndrop table if exists t`,
      `${aside}create temp table t (a int);\ndrop table if exists public.t`,
    ],
    ['timeout_disabled', 'set lock_timeout = 0', `set lock_timeout = '5s'`],
    ['timeout_disabled', `set local statement_timeout = '0'`, 'set local statement_timeout = 60000'],
    ['timeout_disabled', `set statement_timeout to '0ms'`, `set statement_timeout to '10ms'`],
    ['timeout_disabled', 'reset lock_timeout', 'reset work_mem'],
    ['timeout_disabled', 'set lock_timeout to default', 'set work_mem to default'],
  ];

  test.each(faults)('%s in %j, and none in the corrected statement', async (kind, broken, sound) => {
    const found = await examine(broken);
    expect(new Set(found.map((it) => it.kind))).toEqual(new Set([kind]));
    expect(found[0]?.severity).toBe('error');
    expect(await examine(sound)).toEqual([]);
  });

  const warnings: [string, string][] = [
    ['create table t ()', 'create table if not exists t ()'],
    ['alter table t add column a int', 'alter table t add column if not exists a int'],
    ['alter table t drop column a', 'alter table t drop column if exists a'],
    [
      'alter table t add constraint c check (true) not valid',
      'alter table t drop constraint if exists c, add constraint c check (true) not valid',
    ],
    [`alter type e add value 'x'`, `alter type e add value if not exists 'x'`],
    ['create index i on t (a)', 'create index if not exists i on t (a)'],
    ['drop table t', 'drop table if exists t'],
  ];

  test.each(warnings)('in a no-transaction file %j has a warning, and %j has none', async (once, again) => {
    expect(await examine(`${aside}${once}`)).toEqual([{ kind: 'not_rerunnable', severity: 'warning', line: 2 }]);
    expect(await examine(`${aside}${again}`)).toEqual([]);
    expect(await examine(once)).toEqual([]);
  });

  test('the line is that of the statement, after comments, dollar quotes and characters outside the BMP', async () => {
    const text = `/* a /* nested */ ; */ select E'it\\'s; 😀', $a$ ; $b$ ; $a$;\n--> statement-breakpoint\n-- 😀\nvacuum;`;
    expect(await examine(text)).toEqual([{ kind: 'needs_no_transaction', severity: 'error', line: 4 }]);
  });
});

test.each([
  ['a journal that is not JSON', '{', 'is not JSON'],
  ['a journal without entries', '[]', 'has no "entries" list'],
  ['an entry that is no object', '{"entries":[1]}', 'not an object'],
  ['a `when` that is no number', '{"entries":[{"idx":0,"when":"1","tag":"a"}]}', 'must be whole numbers'],
  ['a tag that leaves the folder', '{"entries":[{"idx":0,"when":1,"tag":"../x"}]}', 'must be a file name'],
])('%s exits with 2', async (_, journal, words) => {
  const folder = writeFolder([]);
  writeFileSync(join(folder, 'meta/_journal.json'), journal);
  const error = await rejection(doctor(folder));
  expect([error.code, error.exitCode]).toEqual(['FOLDER_UNREADABLE', 2]);
  expect(error.message).toContain(words);
});

test('a folder that does not exist exits with 2', async () => {
  const error = await rejection(doctor(join(writeFolder([]), 'none')));
  expect([error.code, error.exitCode]).toEqual(['FOLDER_UNREADABLE', 2]);
});
