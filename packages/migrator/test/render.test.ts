import { expect, test } from 'vitest';
import {
  formatError,
  formatEvent,
  formatPlan,
  formatProblem,
  MigratorError,
  type MigratorEvent,
  type Problem,
} from '../src/index.ts';

const problem: Problem = {
  kind: 'edited',
  severity: 'error',
  file: '0001_b',
  message: 'was edited after it was applied',
  expected: 'sha256 aa',
  found: 'sha256 bb',
  remedy: 'Restore the file.',
};
const problemText = `error: 0001_b: was edited after it was applied  [edited]
  expected: sha256 aa
  found:    sha256 bb
  to do:    Restore the file.`;

test('a problem says what was expected, what was found and what to do', () => {
  expect(formatProblem(problem)).toBe(problemText);
});

test('a plan lists each file with its notes', () => {
  const file = (tag: string, transaction = true) => ({ tag, idx: 0, when: 1, hash: 'x', transaction });
  const text = formatPlan({
    applied: [file('0000_a')],
    pending: [
      { ...file('0001_b'), outOfOrder: true, statementsDone: 0 },
      { ...file('0002_c', false), outOfOrder: false, statementsDone: 1 },
    ],
    problems: [problem],
  });
  expect(text).toBe(`  applied  0000_a
  pending  0001_b  (out of order)
  pending  0002_c  (no transaction, interrupted after 1 statement)
1 applied, 2 pending, 1 problem
${problemText}`);
});

test('an error shows the lines around its position with a caret, and keeps tabs', () => {
  const sql = 'select 1,\n\ta,\n\tb,\n\tc😀, nowhere\nfrom t\nwhere true\nlimit 1';
  const error = new MigratorError('STATEMENT_FAILED', '0003_x, statement 2: column "nowhere" does not exist', {
    file: '0003_x',
    statement: 2,
    line: 14,
    sql,
    position: sql.indexOf('nowhere'),
    sqlstate: '42703',
    hint: 'Perhaps you meant\nsomething else.',
  });
  expect(formatError(error)).toBe(`error: 0003_x, statement 2: column "nowhere" does not exist  [STATEMENT_FAILED]
  at 0003_x.sql:14, statement 2
  | \ta,
  | \tb,
  | \tc😀, nowhere
  | \t    ^
  | from t
  | where true
  | …
  sqlstate: 42703
  hint: Perhaps you meant
    something else.`);
});

test('an error without a position shows the statement’s first lines; one of the plan, its problems', () => {
  const failed = new MigratorError('STATEMENT_TIMEOUT', 'late', { file: 'f', sql: 'select 1', sqlstate: '57014' });
  expect(formatError(failed)).toBe('error: late  [STATEMENT_TIMEOUT]\n  at f.sql\n  | select 1\n  sqlstate: 57014');
  const refused = new MigratorError('PLAN_REFUSED', 'Refused', { file: 'f', hint: 'h', problems: [problem] });
  expect(formatError(refused)).toBe(`error: Refused  [PLAN_REFUSED]\n${problemText}`);
});

test('an error as JSON has all its fields and its exit code', () => {
  const error = new MigratorError(
    'LOCK_TIMEOUT',
    'm',
    { file: 'f', statement: 1, line: 2, sqlstate: '55P03', blockers: [] },
    new Error('driver'),
  );
  expect(JSON.parse(JSON.stringify(error))).toEqual({
    code: 'LOCK_TIMEOUT',
    exitCode: 4,
    message: 'm',
    file: 'f',
    statement: 1,
    line: 2,
    sqlstate: '55P03',
    blockers: [],
  });
  expect(error.cause).toEqual(new Error('driver'));
});

const blocker = {
  pid: 7,
  applicationName: 'psql',
  state: 'idle in transaction',
  query: 'LOCK TABLE t',
  since: null,
  ageMs: 65_000,
};
const at = { file: 'f', statement: 2, of: 3 };

const lines: [MigratorEvent, string | null][] = [
  [{ type: 'locked' }, null],
  [
    { type: 'waiting-for-runner', holder: blocker, waitedMs: 1500 },
    'waiting for another runner for 1.5 s: pid 7 (psql, idle in transaction for 65.0 s): LOCK TABLE t',
  ],
  [
    { type: 'waiting-for-runner', holder: null, waitedMs: 20 },
    'waiting for another runner for 20 ms: it has just finished',
  ],
  [{ type: 'ledger-created', schema: 's', table: 't' }, 'created the ledger s.t'],
  [{ type: 'ledger-upgraded', schema: 's', table: 't' }, 'upgraded the ledger s.t to the columns of drizzle 1.0'],
  [{ type: 'file-started', file: 'f', transaction: false, number: 1, pending: 2 }, '[1/2] f (no transaction)'],
  [{ type: 'statement-started', ...at, line: 9, sql: 'create table t (\n a int)' }, '  2/3 line 9: create table t ( …'],
  [{ type: 'statement-progress', ...at, elapsedMs: 400, blockers: [] }, null],
  [
    { type: 'statement-progress', ...at, elapsedMs: 400, blockers: [blocker] },
    '  2/3 running for 400 ms, waiting for 1 session: pid 7 (psql, idle in transaction for 65.0 s): LOCK TABLE t',
  ],
  [
    {
      type: 'statement-progress',
      ...at,
      elapsedMs: 130_000,
      blockers: [],
      index: { phase: 'building index', percent: 41.9 },
    },
    '  2/3 running for 2 min 10 s, building index 41 %',
  ],
  [{ type: 'statement-done', ...at, elapsedMs: 1 }, null],
  [{ type: 'statement-skipped', ...at }, '  2/3 finished before the run was interrupted'],
  [
    { type: 'retrying', ...at, sqlstate: '55P03', attempt: 3, delayMs: 900, blockers: [blocker] },
    '  2/3 attempt 3 failed (55P03), next in 900 ms, blocked by pid 7 (psql, idle in transaction for 65.0 s): LOCK TABLE t',
  ],
  [
    { type: 'invalid-index-dropped', file: 'f', index: 's.i' },
    '  dropped the INVALID index s.i of an interrupted build',
  ],
  [{ type: 'notice', severity: 'NOTICE', message: 'm' }, null],
  [{ type: 'notice', severity: 'WARNING', message: 'm' }, '  warning from the server: m'],
  [{ type: 'file-done', file: 'f', elapsedMs: 12 }, '  done in 12 ms'],
];

test.each(lines)('an event as a line: %o', (event, line) => {
  expect(formatEvent(event)).toBe(line);
});
