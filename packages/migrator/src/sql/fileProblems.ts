import type { Node } from 'libpg-query';
import type { Migration } from '../folder/migration.ts';
import { strayMarkers } from '../folder/text.ts';
import type { ProgressRow } from '../plan.ts';
import { type Problem, type ProblemKind, problem } from '../problems.ts';
import { mayCommitByItself, notRerunnable, outsideTransactionOnly } from './classify.ts';
import { parseStatements, SqlSyntaxError, type Statement } from './parser.ts';
import { cutIntoSteps, isRecorded, type Step, stepHash } from './steps.ts';

/** A migration, parsed and cut into steps. */
export interface ParsedFile {
  migration: Migration;
  statements: readonly Statement[];
  steps: readonly Step[];
  /** True where the file and its ledger row are one transaction. */
  transactional: boolean;
  /** The steps that an interrupted run has finished. */
  progress: ProgressRow | undefined;
}

/** Parses a file and returns the problems that the doctor reports; a file that cannot be parsed has no statements. */
export async function parseFile(
  migration: Migration,
  progress?: ProgressRow,
): Promise<{ file: ParsedFile; problems: Problem[] }> {
  const { tag, text, noTransaction } = migration;
  const ofMarkers = strayMarkers(text).map(({ marker, line }) =>
    problem('marker_invalid', tag, `line ${line} resembles a marker and is none`, {
      line,
      expected: '-- migrate: no-transaction, on the first line',
      found: marker,
      remedy: 'Correct its spelling and move it to the first line, or remove it.',
    }),
  );
  try {
    const statements = await parseStatements(text);
    const { steps, transactional, unsupported, lost } = cutIntoSteps(statements, noTransaction);
    const file = { migration, statements, steps, transactional, progress };
    const outside = new Set(steps.filter((it) => !it.inTransaction).flatMap((it) => it.statements));
    const problems = [
      ...ofMarkers,
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
    const file = { migration, statements: [], steps: [], transactional: !noTransaction, progress };
    return { file, problems: [...ofMarkers, syntax] };
  }
}

type Fault = [kind: ProblemKind, message: string, remedy: string];

const UNSUPPORTED: Fault = [
  'transaction_unsupported',
  'this transaction control is not supported; BEGIN, COMMIT and savepoints within a transaction are',
  'Remove it from the file.',
];
const LOST: Fault = [
  'not_resumable',
  'later statements need its effect on the session, which would be lost if the file were interrupted in between',
  'Put these statements between BEGIN and COMMIT, or use an ordinary table.',
];

function inStatement(tag: string, it: Statement, kind: ProblemKind, message: string, remedy: string): Problem {
  return problem(kind, tag, `line ${it.line}: ${message}`, { remedy, statement: it.number, line: it.line });
}

/** Faults of one statement. `isOutside`: it is committed by itself. */
function statementProblems({ tag, noTransaction }: Migration, statement: Statement, isOutside: boolean): Problem[] {
  const { node } = statement;
  const faults: Fault[] = [];
  const control = 'TransactionStmt' in node ? node.TransactionStmt.kind : undefined;
  if (control === 'TRANS_STMT_BEGIN' || control === 'TRANS_STMT_START' || control === 'TRANS_STMT_COMMIT') {
    const remedy = 'Remove it; mark the file no-transaction where it has to commit in steps.';
    faults.push(['transaction_control', 'the runner itself sends BEGIN and COMMIT', remedy]);
  }
  if ('CopyStmt' in node && !node.CopyStmt.filename)
    faults.push(['copy_stream', 'the runner sends and receives no COPY data', 'Write the rows as INSERT.']);
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
  // An error where the statement cannot be committed with its progress: an interrupted run would repeat it.
  const severity = noTransaction && mayCommitByItself(statement) ? 'error' : 'warning';
  if (again) problems.push({ ...inStatement(tag, statement, 'not_rerunnable', again.message, again.remedy), severity });
  return problems;
}

/** The timeout that a statement switches off; null for every other statement. */
export function disabledTimeout(node: Node): 'lock_timeout' | 'statement_timeout' | null {
  if (!('VariableSetStmt' in node)) return null;
  const { name, kind, args } = node.VariableSetStmt;
  if (name !== 'lock_timeout' && name !== 'statement_timeout') return null;
  const off = kind !== 'VAR_SET_VALUE' || /"(ival|sval|fval)":(\{\}|"\s*0+\s*[a-z]*\s*")/i.test(JSON.stringify(args));
  return off ? name : null;
}

/** The statements that an interrupted run has not finished may be corrected; the finished ones may not. */
function editedSince({ migration, steps }: ParsedFile, progress: ProgressRow): Problem[] {
  const now = steps.filter(isRecorded);
  const at = progress.done.findIndex((hash, index) => !now[index] || hash !== stepHash(now[index]));
  if (at < 0) return [];
  const [first] = now[at]?.statements ?? [];
  const message = `stopped after ${progress.done.length} statements were committed, and one of those was edited since`;
  const edited = problem('partial_file_edited', migration.tag, message, {
    ...(first ? { statement: first.number, line: first.line } : {}),
    expected: `statement text with sha256 ${progress.done[at]}`,
    found: now[at] ? `sha256 ${stepHash(now[at])}` : 'no such statement',
    remedy: 'Restore the finished statements, or delete the progress with repair: the file then runs from its start.',
  });
  return [edited];
}

/** Warns of a file that sets a search_path: drizzle, which runs all files in one session, would keep it for the next. */
export function searchPathEnds({ migration: { tag }, statements }: ParsedFile): Problem[] {
  const last = statements.findLast(
    ({ node }) =>
      'VariableSetStmt' in node && node.VariableSetStmt.name === 'search_path' && !node.VariableSetStmt.is_local,
  );
  if (!last || !('VariableSetStmt' in last.node) || last.node.VariableSetStmt.kind !== 'VAR_SET_VALUE') return [];
  const remedy = 'Set it in each file that needs it, or qualify the names with their schemas.';
  const message = 'this search_path ends with the file: later files have that of the database';
  return [{ ...inStatement(tag, last, 'search_path_ends', message, remedy), severity: 'warning' }];
}

/** Errors for the doctor, and warnings for a run, which handles them. */
const HANDLED: readonly ProblemKind[] = ['transaction_control', 'timeout_disabled'];
/** Not reported of a file up to the option `history`. */
const STYLE: readonly ProblemKind[] = [...HANDLED, 'marker_invalid', 'not_rerunnable'];

/** The problems of a file as a run reports them. */
export function problemsForRun(
  { transactional, progress }: ParsedFile,
  problems: readonly Problem[],
  isHistory: boolean,
): Problem[] {
  return problems.flatMap((it): Problem[] => {
    if (isHistory && STYLE.includes(it.kind)) return [];
    if (isHistory && it.kind === 'not_resumable' && !progress) return [];
    // BEGIN … COMMIT around a whole file has no effect.
    if (it.kind === 'transaction_control' && transactional) return [];
    return [HANDLED.includes(it.kind) ? { ...it, severity: 'warning' } : it];
  });
}
