import { describe, expect, test } from 'vitest';
import {
  type JournalEntry,
  type LedgerRow,
  type MigrationFile,
  type PlanOptions,
  type ProblemKind,
  plan,
} from '../src/index.ts';

const journal: readonly JournalEntry[] = [
  { idx: 0, when: 1000, tag: '0000_a' },
  { idx: 1, when: 2000, tag: '0001_b' },
  { idx: 2, when: 3000, tag: '0002_c' },
];
const file = (tag: string, text = tag): MigrationFile => ({ tag, text, hash: `hash of ${text}`, noTransaction: false });
const files = journal.map((entry) => file(entry.tag));
const row = (id: number, tag: string, createdAt: number | null): LedgerRow => ({
  id,
  hash: `hash of ${tag}`,
  createdAt,
});
const applied = [row(1, '0000_a', 1000), row(2, '0001_b', 2000)];

function problems(it: {
  journal?: readonly JournalEntry[];
  files?: readonly MigrationFile[];
  ledger?: readonly LedgerRow[];
  options?: PlanOptions;
}) {
  return plan(it.journal ?? journal, it.files ?? files, it.ledger ?? applied, it.options).problems;
}

test('a folder and a ledger that agree have no problem, whatever is pending', () => {
  for (const ledger of [[], applied.slice(0, 1), applied, [...applied, row(3, '0002_c', 3000)]]) {
    expect(problems({ ledger })).toEqual([]);
    const { applied: done, pending } = plan(journal, files, ledger);
    expect([done.length, pending.map((it) => it.tag)]).toEqual([
      ledger.length,
      journal.slice(ledger.length).map((it) => it.tag),
    ]);
  }
});

test('rows in another order than applied, as a restored ledger may have them, are no problem', () => {
  expect(problems({ ledger: [...applied].reverse() })).toEqual([]);
});

test('an idx with a gap, as a removed migration leaves it, is no problem', () => {
  expect(problems({ journal: journal.map((it) => ({ ...it, idx: it.idx * 3 })) })).toEqual([]);
});

const faults: [ProblemKind, string, Parameters<typeof problems>[0]][] = [
  ['file_missing', '0002_c', { files: files.slice(0, 2) }],
  ['file_not_in_journal', '0003_d', { files: [...files, file('0003_d')] }],
  ['duplicate_tag', '0000_a', { journal: [...journal, { idx: 3, when: 4000, tag: '0000_a' }] }],
  ['duplicate_idx', '0002_c', { journal: journal.map((it) => ({ ...it, idx: Math.min(it.idx, 1) })) }],
  ['backwards_idx', '0002_c', { journal: journal.map((it) => (it.idx === 2 ? { ...it, idx: 0 } : it)) }],
  [
    'duplicate_when',
    '0002_c',
    { journal: journal.map((it) => ({ ...it, when: Math.min(it.when, 2000) })), ledger: [] },
  ],
  [
    'backwards_when',
    '0002_c',
    { journal: journal.map((it) => (it.idx === 2 ? { ...it, when: 1500 } : it)), ledger: [] },
  ],
  ['edited', '0001_b', { files: files.map((it) => (it.tag === '0001_b' ? file('0001_b', 'other') : it)) }],
  ['when_changed', '0001_b', { ledger: [row(1, '0000_a', 1000), row(2, '0001_b', 1999)] }],
  ['missing_from_folder', 'hash of gone', { ledger: [...applied, row(3, 'gone', 1500)] }],
  ['missing_from_folder', 'hash of unknown', { ledger: [...applied, row(3, 'unknown', null)] }],
  ['database_ahead', 'hash of newer', { ledger: [...applied, row(3, 'newer', 9000)] }],
  ['out_of_order', '0000_a', { ledger: applied.slice(1) }],
  ['recorded_twice', '0001_b', { ledger: [...applied, row(3, '0001_b', 2000)] }],
];

describe('a disagreement is one problem of its own kind, which names the file, what was found and what to do', () => {
  test.each(faults)('%s of %s', (kind, name, it) => {
    const found = problems(it);
    expect(found.map((problem) => [problem.kind, problem.file, problem.severity])).toEqual([[kind, name, 'error']]);
    for (const text of [found[0]?.expected, found[0]?.found, found[0]?.remedy]) expect(text).toBeTruthy();
  });
});

test('an edited file that is still pending is no problem', () => {
  expect(problems({ files: files.map((it) => (it.tag === '0002_c' ? file('0002_c', 'other') : it)) })).toEqual([]);
});

test('out of order is allowed on request, and then applied in the journal’s order', () => {
  const { problems: found, pending } = plan(journal, files, applied.slice(1), { allowOutOfOrder: true });
  expect(found).toEqual([]);
  expect(pending.map((it) => [it.tag, it.outOfOrder])).toEqual([
    ['0000_a', true],
    ['0002_c', false],
  ]);
});

test('`to` leaves later files out of what is pending, and never makes an earlier one a problem', () => {
  expect(plan(journal, files, [], { to: '0001_b' }).pending.map((it) => it.tag)).toEqual(['0000_a', '0001_b']);
  expect(plan(journal, files, applied, { to: '0000_a' }).pending).toEqual([]);
  expect(() => plan(journal, files, [], { to: '0009_x' })).toThrow(expect.objectContaining({ code: 'UNKNOWN_TAG' }));
});

test('every problem at once is reported, not the first alone', () => {
  const found = problems({ files: files.slice(1).map((it) => file(it.tag, 'other')), ledger: applied.slice(1) });
  expect(found.map((it) => it.kind)).toEqual(['file_missing', 'edited']);
});
