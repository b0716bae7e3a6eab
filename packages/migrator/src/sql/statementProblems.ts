import type { MigrationFile } from '../folder/folder.ts';
import type { Problem, ProblemKind } from '../problems.ts';
import { outsideTransactionOnly } from './classify.ts';
import type { Statement } from './parser.ts';
import { notRerunnable } from './rerunnable.ts';

/** What this runner will not run, or warns of, in one statement of a file. */
export function statementProblems(file: MigrationFile, statement: Statement): Problem[] {
  const { node } = statement;
  const problem = (
    kind: ProblemKind,
    message: string,
    remedy: string,
    severity: Problem['severity'] = 'error',
  ): Problem => ({
    kind,
    severity,
    file: file.tag,
    statement: statement.number,
    line: statement.line,
    message: `line ${statement.line}: ${message}`,
    remedy,
  });
  const problems: Problem[] = [];
  if ('TransactionStmt' in node) {
    problems.push(
      problem(
        'transaction_control',
        'a migration must not control transactions: the runner does',
        'Remove BEGIN, COMMIT and their like.',
      ),
    );
  }
  if ('CopyStmt' in node && !node.CopyStmt.filename) {
    problems.push(
      problem('copy_stream', 'COPY from or to the client has no client to talk to', 'Write the rows as INSERT.'),
    );
  }
  if ('VariableSetStmt' in node && disablesTimeout(node.VariableSetStmt)) {
    problems.push(
      problem(
        'timeout_disabled',
        `switches ${node.VariableSetStmt.name} off: one slow lock would stop the application`,
        'Set a value above 0.',
      ),
    );
  }
  const outside = outsideTransactionOnly(node);
  if (outside && !file.noTransaction) {
    const remedy = 'Put it into a file of its own whose first line is: -- migrate: no-transaction';
    problems.push(problem('needs_no_transaction', `${outside} cannot run inside a transaction`, remedy));
  }
  const again = file.noTransaction ? notRerunnable(statement) : null;
  if (again) problems.push(problem('not_rerunnable', again.message, again.remedy, again.severity));
  return problems;
}

function disablesTimeout(set: { name?: string; args?: readonly unknown[]; kind?: string }): boolean {
  if (set.name !== 'lock_timeout' && set.name !== 'statement_timeout') return false;
  if (set.kind !== 'VAR_SET_VALUE') return true;
  return /"(ival|sval|fval)":(\{\}|"\s*0+\s*[a-z]*\s*")/i.test(JSON.stringify(set.args));
}
