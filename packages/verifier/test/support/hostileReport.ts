import type { CheckResult } from '../../src/check.ts';
import type { OutlinedColumn } from '../../src/report/outline.ts';
import { type Report, reportOf } from '../../src/report/report.ts';

/** A name that a database may contain: markup, control characters, a lone surrogate and a long word. */
export const HOSTILE = `<script src="https://example.org/x.js"></script><img src=x onerror="alert(1)"> ' " & ]]> \u0000\u001b[2J\u202e\ud800 ${'long'.repeat(60)}`;

const EVIDENCE: CheckResult['evidence'] = [
  {
    ...{ kind: 'plan', name: HOSTILE, table: HOSTILE, query: HOSTILE },
    withIndex: { cost: 8.3, milliseconds: 0.03 },
    withoutIndex: { cost: 4_000, milliseconds: 14.2 },
  },
  {
    ...{ kind: 'race', isolation: HOSTILE, sessions: 32, limit: 100 },
    runs: [
      {
        name: HOSTILE,
        points: [
          [0, 0],
          [3, 90],
        ],
      },
      {
        name: 'check, then insert',
        points: [
          [0, 0],
          [2, 90],
          [4, 180],
        ],
      },
    ],
  },
  {
    ...{ kind: 'locks', migration: HOSTILE, startedAt: 10, endedAt: 60, longestWaitMs: 2_500, budgetMs: 2_000 },
    locks: [{ table: HOSTILE, mode: 'AccessExclusiveLock', from: 20, to: 40 }],
  },
  {
    kind: 'access',
    object: HOSTILE,
    operation: HOSTILE,
    outcomes: { anon: 'refused', owner: HOSTILE, 'a role': 'all' },
  },
];

const RESULTS: readonly CheckResult[] = [
  { subject: 'constraints', name: 'passed', elapsedMs: 12, status: 'passed', observations: 1, notices: [HOSTILE] },
  {
    ...{ subject: HOSTILE, name: HOSTILE, elapsedMs: 3, status: 'failed', severity: 'high', evidence: EVIDENCE },
    ...{ fix: HOSTILE, fixSql: HOSTILE },
    differences: [{ what: HOSTILE, expected: HOSTILE, actual: HOSTILE }],
  },
  { subject: 'constraints', name: 'not run', elapsedMs: 0, status: 'not run', reason: HOSTILE },
  {
    ...{ subject: 'security', name: HOSTILE, elapsedMs: 0, status: 'accepted', severity: 'low', reason: HOSTILE },
    ...{ fix: HOSTILE, differences: [{ what: HOSTILE, expected: HOSTILE, actual: HOSTILE }] },
  },
];

/** A report with something of everything, all of it named by somebody who means harm. */
export function hostileReport(): Report {
  const column: OutlinedColumn = { name: HOSTILE, type: HOSTILE, nullable: true, differs: true, keys: ['PK', 'FK'] };
  const reference = { name: HOSTILE, columns: [HOSTILE], references: 'auth.users', onDelete: 'cascade' };
  const itself = { ...reference, references: HOSTILE };
  return reportOf(RESULTS, {
    ...{ postgresMajor: 18, bootstrap: 'plain', target: `host:5432/${HOSTILE}`, elapsedMs: 1_234, leftOut: 4 },
    notes: [HOSTILE],
    outline: {
      tables: [{ identity: HOSTILE, differs: true, columns: [column, column], foreignKeys: [reference, itself] }],
    },
  });
}
