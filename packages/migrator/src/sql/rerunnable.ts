import type { Node } from 'libpg-query';
import { indexBuild } from './classify.ts';

interface Fault {
  message: string;
  remedy: string;
}

/**
 * Says why a statement that is committed by itself would fail, or do its work twice, when it is run again; null where the
 * parse tree shows nothing of the kind.
 */
export function notRerunnable(node: Node): Fault | null {
  const index = indexBuild(node);
  if (index) {
    if (index.name === null)
      return { message: 'an index without a name is built once more at every try', remedy: 'Name the index.' };
    return index.ifNotExists ? null : missing('CREATE INDEX', 'IF NOT EXISTS');
  }
  if ('DropStmt' in node) return node.DropStmt.missing_ok ? null : missing('DROP', 'IF EXISTS');
  if ('CreateStmt' in node && node.CreateStmt.relation?.relpersistence !== 't')
    return node.CreateStmt.if_not_exists ? null : missing('CREATE TABLE', 'IF NOT EXISTS');
  if ('AlterEnumStmt' in node) {
    const { newVal, oldVal, skipIfNewValExists } = node.AlterEnumStmt;
    return newVal && !oldVal && !skipIfNewValExists ? missing('ADD VALUE', 'IF NOT EXISTS') : null;
  }
  if ('AlterTableStmt' in node) return alterTableFault(node.AlterTableStmt.cmds ?? []);
  return null;
}

function alterTableFault(cmds: readonly Node[]): Fault | null {
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

function missing(what: string, clause: string): Fault {
  return { message: `${what} without ${clause} cannot be run again`, remedy: `Add ${clause}.` };
}
