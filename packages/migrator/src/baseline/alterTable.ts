import type { AlterTableStmt, Node } from 'libpg-query';
import { type Name, relationName } from './names.ts';
import type { ExpectedObject, ObjectSet } from './objects.ts';

/** What one element of a CREATE TABLE or one ADD adds: a column with its named constraints, or a named constraint. */
export function columnAndConstraints({ schema, name: table }: Name, element: Node): Omit<ExpectedObject, 'file'>[] {
  if ('Constraint' in element) return constraint(schema, table, element);
  if (!('ColumnDef' in element)) return [];
  const { colname, constraints } = element.ColumnDef;
  return [
    { kind: 'column', schema, table, name: colname ?? '' },
    ...(constraints ?? []).flatMap((it) => constraint(schema, table, it)),
  ];
}

export function alterTable(set: ObjectSet, { relation, cmds, objtype }: AlterTableStmt, file: string): void {
  if (objtype !== 'OBJECT_TABLE') return;
  const table = relationName(relation);
  for (const cmd of cmds ?? []) {
    if (!('AlterTableCmd' in cmd)) continue;
    const { subtype, name = '', def } = cmd.AlterTableCmd;
    const at = { schema: table.schema, table: table.name, name };
    if (subtype === 'AT_DropColumn') set.remove({ kind: 'column', ...at });
    if (subtype === 'AT_DropConstraint') set.remove({ kind: 'constraint', ...at });
    if ((subtype !== 'AT_AddColumn' && subtype !== 'AT_AddConstraint') || !def) continue;
    // ADD CONSTRAINT … USING INDEX gives the index the constraint's name.
    const index = 'Constraint' in def ? def.Constraint.indexname : undefined;
    if (index !== undefined) set.remove({ kind: 'index', schema: table.schema, name: index });
    for (const added of columnAndConstraints(table, def)) set.add({ ...added, file });
  }
}

function constraint(schema: string | null, table: string, node: Node): Omit<ExpectedObject, 'file'>[] {
  // A named NOT NULL is a constraint in the catalog from PostgreSQL 18 on only.
  if (!('Constraint' in node) || node.Constraint.contype === 'CONSTR_NOTNULL') return [];
  const name = node.Constraint.conname;
  return name === undefined ? [] : [{ kind: 'constraint', schema, table, name }];
}
