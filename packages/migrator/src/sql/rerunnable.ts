import type { Node } from 'libpg-query';
import type { Problem } from '../problems.ts';
import { indexBuild, isSessionOnly, runsBare } from './classify.ts';
import type { Statement } from './parser.ts';

export interface NotRerunnable {
  severity: Problem['severity'];
  message: string;
  remedy: string;
}

/**
 * Says why a statement of a no-transaction file would fail, or do its work twice, when run again from the start; null where
 * the parse tree shows nothing of the kind. An error for a statement whose completion cannot be recorded together with
 * its effect, a warning for the others: they are repeated only after their progress was forgotten on purpose.
 */
export function notRerunnable(statement: Statement): NotRerunnable | null {
  if (isSessionOnly(statement)) return null;
  const fault = findFault(statement.node);
  return fault && { severity: runsBare(statement) ? 'error' : 'warning', ...fault };
}

function findFault(node: Node): Pick<NotRerunnable, 'message' | 'remedy'> | null {
  const index = indexBuild(node);
  if (index) {
    if (index.name === null)
      return { message: 'an index without a name is built once more at every try', remedy: 'Name the index.' };
    return index.ifNotExists ? null : missing('CREATE INDEX', 'IF NOT EXISTS');
  }
  if ('DropStmt' in node) return node.DropStmt.missing_ok ? null : missing('DROP', 'IF EXISTS');
  if ('CreateStmt' in node) return node.CreateStmt.if_not_exists ? null : missing('CREATE TABLE', 'IF NOT EXISTS');
  if ('AlterEnumStmt' in node) {
    const { newVal, oldVal, skipIfNewValExists } = node.AlterEnumStmt;
    return newVal && !oldVal && !skipIfNewValExists ? missing('ADD VALUE', 'IF NOT EXISTS') : null;
  }
  if ('AlterTableStmt' in node) return alterTableFault(node.AlterTableStmt.cmds ?? []);
  return null;
}

function alterTableFault(cmds: readonly Node[]): Pick<NotRerunnable, 'message' | 'remedy'> | null {
  const dropped = new Set<string | undefined>();
  for (const cmd of cmds) {
    if (!('AlterTableCmd' in cmd)) continue;
    const { subtype, missing_ok: missingOk, name, def } = cmd.AlterTableCmd;
    if (subtype === 'AT_DropConstraint') dropped.add(name);
    if (subtype === 'AT_AddColumn' && !missingOk) return missing('ADD COLUMN', 'IF NOT EXISTS');
    if ((subtype === 'AT_DropColumn' || subtype === 'AT_DropConstraint') && !missingOk)
      return missing('DROP', 'IF EXISTS');
    const added = subtype === 'AT_AddConstraint' && def && 'Constraint' in def ? def.Constraint.conname : undefined;
    if (subtype === 'AT_AddConstraint' && !dropped.has(added)) {
      return {
        message: 'ADD CONSTRAINT cannot be run again',
        remedy: 'Put DROP CONSTRAINT IF EXISTS before it, in the same ALTER TABLE.',
      };
    }
  }
  return null;
}

function missing(what: string, clause: string): Pick<NotRerunnable, 'message' | 'remedy'> {
  return { message: `${what} without ${clause} cannot be run again`, remedy: `Add ${clause}.` };
}
