import type { Node } from 'libpg-query';
import { statementHash } from '../db/progress.ts';
import type { Migration } from '../folder/migration.ts';
import { strayMarkers } from '../folder/text.ts';
import type { ProgressRow } from '../plan.ts';
import { type Problem, type ProblemKind, problem } from '../problems.ts';
import { mayCommitByItself, outsideTransactionOnly } from './classify.ts';
import { parseStatements, SqlSyntaxError, type Statement } from './parser.ts';
import { notRerunnable } from './rerunnable.ts';
import { cutIntoSteps, type Step } from './steps.ts';

/** A file cut into statements, and these into what is committed together. */
export interface PreparedFile {
  migration: Migration;
  statements: readonly Statement[];
  steps: readonly Step[];
  /** True where the file and its ledger row are one transaction. */
  whole: boolean;
  /** What an interrupted run of a file of several steps left recorded. */
  progress: ProgressRow | undefined;
}

/** Reads a file into statements, and says what is wrong with them as the doctor judges it; no statement where it cannot be parsed. */
export async function prepare(
  migration: Migration,
  progress?: ProgressRow,
): Promise<{ file: PreparedFile; problems: Problem[] }> {
  const { tag, text, noTransaction } = migration;
  try {
    const statements = await parseStatements(text);
    const { steps, whole, unsupported, lost } = cutIntoSteps(statements, noTransaction);
    const file = { migration, statements, steps, whole, progress };
    const outside = new Set(steps.filter((it) => !it.inTransaction).flatMap((it) => it.statements));
    const problems = [
      ...markerProblems(migration),
      ...statements.flatMap((it) => statementProblems(migration, it, outside.has(it))),
      ...unsupported.map((it) => inStatement(tag, it, ...UNSUPPORTED)),
      ...lost.map((it) => inStatement(tag, it, ...LOST)),
      ...(progress ? editedSince(file, progress) : []),
    ];
    return { file, problems };
  } catch (error) {
    if (!(error instanceof SqlSyntaxError)) throw error;
    const facts = { line: error.line, remedy: 'Correct the SQL; psql commands such as \\i are not SQL.' };
    const syntax = problem('syntax_error', tag, `line ${error.line}: ${error.message}`, facts);
    const file = { migration, statements: [], steps: [], whole: !noTransaction, progress };
    return { file, problems: [...markerProblems(migration), syntax] };
  }
}

/** What is recorded of a step once it is finished. */
export function stepHash({ statements }: Step): string {
  return statementHash(statements.map(({ sql }) => sql).join(';\n'));
}

/** Steps that are recorded as they are finished: all but those whose whole effect is the session's. */
export function isRecorded({ statements, again }: Step): boolean {
  return again.length < statements.length;
}

type Fault = [kind: ProblemKind, message: string, remedy: string];

const UNSUPPORTED: Fault = [
  'transaction_unsupported',
  'this transaction control is not understood; BEGIN, COMMIT and savepoints within a transaction are',
  'Take it out of the file.',
];
const LOST: Fault = [
  'not_resumable',
  'its effect on the session is needed by later statements, and would be lost if the file is interrupted between the two',
  'Put these statements between BEGIN and COMMIT, or use an ordinary table.',
];

function inStatement(tag: string, it: Statement, kind: ProblemKind, message: string, remedy: string): Problem {
  return problem(kind, tag, `line ${it.line}: ${message}`, { remedy, statement: it.number, line: it.line });
}

function markerProblems({ tag, text }: Migration): Problem[] {
  return strayMarkers(text).map(({ marker, line }) =>
    problem('marker_invalid', tag, `line ${line} looks like a marker and is not one`, {
      line,
      expected: '-- migrate: no-transaction, on the first line',
      found: marker,
      remedy: 'Move it to the first line and spell it so, or remove it.',
    }),
  );
}

/** What this runner will not run, or warns of, in one statement. */
function statementProblems({ tag, noTransaction }: Migration, statement: Statement, isOutside: boolean): Problem[] {
  const { node } = statement;
  const faults: Fault[] = [];
  const control = 'TransactionStmt' in node ? node.TransactionStmt.kind : undefined;
  if (control === 'TRANS_STMT_BEGIN' || control === 'TRANS_STMT_START' || control === 'TRANS_STMT_COMMIT') {
    const remedy = 'Remove it; what has to be committed in steps goes into a file marked no-transaction.';
    faults.push(['transaction_control', 'BEGIN and COMMIT are the runner’s', remedy]);
  }
  if ('CopyStmt' in node && !node.CopyStmt.filename)
    faults.push(['copy_stream', 'COPY from or to the client has no client to talk to', 'Write the rows as INSERT.']);
  const timeout = disabledTimeout(node);
  if (timeout !== null) {
    const message = `switches ${timeout} off: one slow lock would stop the application`;
    faults.push(['timeout_disabled', message, 'Set a value above 0.']);
  }
  const refusing = outsideTransactionOnly(node);
  if (refusing && !isOutside) {
    const remedy = 'Put it into a file of its own whose first line is: -- migrate: no-transaction';
    faults.push(['needs_no_transaction', `${refusing} cannot run inside a transaction`, remedy]);
  }
  const problems = faults.map((fault) => inStatement(tag, statement, ...fault));
  const again = isOutside ? notRerunnable(node) : null;
  // An error where completion cannot be recorded together with the effect. Others are repeated only on purpose.
  const severity = noTransaction && mayCommitByItself(statement) ? 'error' : 'warning';
  if (again) problems.push({ ...inStatement(tag, statement, 'not_rerunnable', again.message, again.remedy), severity });
  return problems;
}

/** The timeout that a statement switches off; null where it does not. */
export function disabledTimeout(node: Node): 'lock_timeout' | 'statement_timeout' | null {
  if (!('VariableSetStmt' in node)) return null;
  const { name, kind, args } = node.VariableSetStmt;
  if (name !== 'lock_timeout' && name !== 'statement_timeout') return null;
  const off = kind !== 'VAR_SET_VALUE' || /"(ival|sval|fval)":(\{\}|"\s*0+\s*[a-z]*\s*")/i.test(JSON.stringify(args));
  return off ? name : null;
}

/** An interrupted file may be corrected where it stopped, but what was finished must still read as it did. */
function editedSince({ migration, steps }: PreparedFile, progress: ProgressRow): Problem[] {
  const now = steps.filter(isRecorded);
  const at = progress.done.findIndex((hash, index) => !now[index] || hash !== stepHash(now[index]));
  if (at < 0) return [];
  const [first] = now[at]?.statements ?? [];
  const message = `stopped after ${progress.done.length} statements were committed, and one of those was edited since`;
  const edited = problem('partial_file_edited', migration.tag, message, {
    ...(first ? { statement: first.number, line: first.line } : {}),
    expected: `statement text with sha256 ${progress.done[at]}`,
    found: now[at] ? `sha256 ${stepHash(now[at])}` : 'no such statement',
    remedy: 'Restore the finished statements, or forget the progress with repair: the file then runs from its start.',
  });
  return [edited];
}

/** Warns of a file whose search_path the next one had in drizzle's one session, and has not here. */
export function searchPathEnds({ migration: { tag }, statements }: PreparedFile): Problem[] {
  const last = statements.findLast(
    ({ node }) =>
      'VariableSetStmt' in node && node.VariableSetStmt.name === 'search_path' && !node.VariableSetStmt.is_local,
  );
  if (!last || !('VariableSetStmt' in last.node) || last.node.VariableSetStmt.kind !== 'VAR_SET_VALUE') return [];
  const remedy = 'Set it in each file that needs it, or name the schemas.';
  const message = 'this search_path ends with the file: the files after it have that of the database';
  return [{ ...inStatement(tag, last, 'search_path_ends', message, remedy), severity: 'warning' }];
}

/** Found by the doctor, and no reason not to run: the runner knows what to do. */
const RUNS: readonly ProblemKind[] = ['transaction_control', 'timeout_disabled'];
/** No reason at all in a file of history. */
const STYLE: readonly ProblemKind[] = [...RUNS, 'marker_invalid', 'not_rerunnable'];

/** The problems of a file as a run judges them. */
export function judgeForRun(
  { whole, progress }: PreparedFile,
  problems: readonly Problem[],
  isHistory: boolean,
): Problem[] {
  return problems.flatMap((it): Problem[] => {
    if (isHistory && STYLE.includes(it.kind)) return [];
    if (isHistory && it.kind === 'not_resumable' && !progress) return [];
    // BEGIN … COMMIT around a whole file changes nothing.
    if (it.kind === 'transaction_control' && whole) return [];
    return [RUNS.includes(it.kind) ? { ...it, severity: 'warning' } : it];
  });
}
