import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { readFolder } from '../src/folder/readFolder.ts';
import { sha256 } from '../src/folder/text.ts';
import { type LedgerRow, type PlanOptions, type ProblemKind, plan } from '../src/index.ts';
import { type Migration, writeFolder } from './support/folder.ts';

const migrations: readonly Migration[] = [
  { tag: '0000_a', sql: 'select 0', when: 1000, idx: 0 },
  { tag: '0001_b', sql: 'select 1', when: 2000, idx: 1 },
  { tag: '0002_c', sql: 'select 2', when: 3000, idx: 2 },
];
const row = (id: number, sql: string, createdAt: number | null): LedgerRow => ({
  ...{ id, hash: sha256(sql), createdAt, name: null },
});
const applied = [row(1, 'select 0', 1000), row(2, 'select 1', 2000)];

interface Situation {
  migrations?: readonly Migration[];
  /** A file that is removed from the folder. */
  removed?: string;
  ledger?: readonly LedgerRow[];
  options?: PlanOptions;
}

async function planned(it: Situation) {
  const folder = writeFolder(it.migrations ?? migrations);
  if (it.removed) rmSync(join(folder, it.removed));
  return plan(await readFolder(folder), it.ledger ?? applied, it.options);
}

/** The three migrations with one of them changed. */
const changed = (tag: string, change: Partial<Migration>) =>
  migrations.map((it) => (it.tag === tag ? { ...it, ...change } : it));

test('a folder and a ledger that agree have no problem, whatever is pending', async () => {
  for (const ledger of [[], applied.slice(0, 1), applied, [...applied, row(3, 'select 2', 3000)]]) {
    const { applied: done, pending, problems } = await planned({ ledger });
    expect(problems).toEqual([]);
    expect([done.length, pending.map((it) => it.tag)]).toEqual([
      ledger.length,
      migrations.slice(ledger.length).map((it) => it.tag),
    ]);
  }
});

test('ledger rows in another order, as after a restore, are no problem', async () => {
  expect((await planned({ ledger: [...applied].reverse() })).problems).toEqual([]);
});

test('a gap in idx, as after a deleted migration, is no problem', async () => {
  const gaps = migrations.map((it) => ({ ...it, idx: (it.idx ?? 0) * 3 }));
  expect((await planned({ migrations: gaps })).problems).toEqual([]);
});

test('a file with other line ends does not count as edited', async () => {
  const sql = 'select 1;\nselect 2;\n';
  const lf = changed('0001_b', { sql });
  const crlf = changed('0001_b', { sql: sql.replaceAll('\n', '\r\n') });
  const rows = (text: string) => [row(1, 'select 0', 1000), row(2, text, 2000)];
  expect((await planned({ migrations: crlf, ledger: rows(sql) })).problems).toEqual([]);
  expect((await planned({ migrations: lf, ledger: rows(sql.replaceAll('\n', '\r\n')) })).problems).toEqual([]);
});

const faults: [ProblemKind, string, 'error' | 'warning', Situation][] = [
  ['file_missing', '0002_c', 'error', { removed: '0002_c.sql' }],
  [
    'duplicate_tag',
    '0000_a',
    'error',
    { migrations: [...migrations, { tag: '0000_a', sql: 'select 0', when: 4000, idx: 3 }] },
  ],
  ['duplicate_idx', '0002_c', 'warning', { migrations: changed('0002_c', { idx: 1 }) }],
  ['backwards_idx', '0002_c', 'warning', { migrations: changed('0002_c', { idx: 0 }) }],
  ['duplicate_when', '0002_c', 'warning', { migrations: changed('0002_c', { when: 2000 }), ledger: [] }],
  ['backwards_when', '0002_c', 'warning', { migrations: changed('0002_c', { when: 1500 }), ledger: [] }],
  ['edited', '0001_b', 'error', { migrations: changed('0001_b', { sql: 'other' }) }],
  ['when_changed', '0001_b', 'error', { ledger: [row(1, 'select 0', 1000), row(2, 'select 1', 1999)] }],
  ['missing_from_folder', sha256('gone'), 'error', { ledger: [...applied, row(3, 'gone', 1500)] }],
  ['missing_from_folder', sha256('unknown'), 'error', { ledger: [...applied, row(3, 'unknown', null)] }],
  ['database_ahead', sha256('newer'), 'error', { ledger: [...applied, row(3, 'newer', 9000)] }],
  ['out_of_order', '0000_a', 'error', { ledger: applied.slice(1) }],
  ['recorded_twice', '0001_b', 'error', { ledger: [...applied, row(3, 'select 1', 2000)] }],
];

describe('each disagreement is one problem, which names the file, what was found and what to do', () => {
  test.each(faults)('%s of %s is an %s', async (kind, name, severity, it) => {
    const { problems } = await planned(it);
    expect(problems.map((problem) => [problem.kind, problem.file, problem.severity])).toEqual([[kind, name, severity]]);
    for (const text of [problems[0]?.expected, problems[0]?.found, problems[0]?.remedy]) expect(text).toBeTruthy();
  });
});

test('a fault of style in an applied migration, or in history, is no problem', async () => {
  const backwards = changed('0001_b', { when: 500 });
  const ledger = [row(1, 'select 0', 1000), row(2, 'select 1', 500)];
  expect((await planned({ migrations: backwards, ledger: [] })).problems.map((it) => it.kind)).toEqual([
    'backwards_when',
  ]);
  expect((await planned({ migrations: backwards, ledger })).problems).toEqual([]);
  expect((await planned({ migrations: backwards, ledger: [], options: { history: '0001_b' } })).problems).toEqual([]);
});

test('an edited file that is still pending is no problem', async () => {
  expect((await planned({ migrations: changed('0002_c', { sql: 'other' }) })).problems).toEqual([]);
});

test('with allowOutOfOrder late migrations are applied in the journal’s order', async () => {
  const { problems, pending } = await planned({ ledger: applied.slice(1), options: { allowOutOfOrder: true } });
  expect(problems).toEqual([]);
  expect(pending.map((it) => [it.tag, it.outOfOrder])).toEqual([
    ['0000_a', true],
    ['0002_c', false],
  ]);
});

test('`to` leaves later files out of `pending`, and makes no earlier one a problem', async () => {
  const { pending } = await planned({ ledger: [], options: { to: '0001_b' } });
  expect(pending.map((it) => it.tag)).toEqual(['0000_a', '0001_b']);
  expect((await planned({ options: { to: '0000_a' } })).pending).toEqual([]);
  for (const option of ['to', 'history']) {
    await expect(planned({ options: { [option]: '0009_x' } })).rejects.toMatchObject({ code: 'UNKNOWN_TAG' });
  }
});

test('a migration deleted after it was applied is named by its time, and by its name where the ledger has one', async () => {
  const taken = { ...row(3, 'taken back', Date.UTC(2026, 10, 25, 17, 0, 4)), name: '20261125170004_taken_back' };
  const { problems } = await planned({ ledger: [...applied, taken] });
  expect(problems.map(({ kind }) => kind)).toEqual(['database_ahead']);
  expect(problems[0]?.found).toContain('name 20261125170004_taken_back, generated 2026-11-25 17:00:04 UTC');
  expect(problems[0]?.remedy).toContain('In development');
});

test('all problems are reported, not only the first', async () => {
  const edited = changed('0001_b', { sql: 'other' });
  const { problems } = await planned({ migrations: edited, removed: '0002_c.sql' });
  expect(problems.map((it) => it.kind)).toEqual(['file_missing', 'edited']);
});
