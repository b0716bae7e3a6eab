import type { ForeignKey } from '../derive/model.ts';
import { type ExpectedForeignKey, type ExpectedTable, expectedTables } from '../drizzleTables.ts';
import { madeOfKind, type Project } from '../project.ts';
import { identifier } from '../sql/statements.ts';

/** Foreign keys of the Drizzle schema that the database has not: each is proved to be missed. */
export function missingForeignKeys(project: Project): ForeignKey[] {
  const { drizzle } = project.config;
  if (drizzle === undefined) return [];
  const made = new Set(madeOfKind(project, 'constraint').map(({ table, name }) => JSON.stringify([table, name])));
  return expectedTables(drizzle).flatMap((table) =>
    table.foreignKeys
      .filter(({ name }) => !made.has(JSON.stringify([table.identity, name])))
      .map((key) => asFound(table, key)),
  );
}

/** As the catalog would describe it. */
function asFound(
  { identity: table }: ExpectedTable,
  { name, columns, references, onDelete, onUpdate }: ExpectedForeignKey,
): ForeignKey {
  const actions = `ON UPDATE ${onUpdate} ON DELETE ${onDelete}`.toUpperCase();
  return {
    ...{
      kind: 'constraint',
      identity: `${identifier(name)} on ${table}`,
      table,
      name,
      type: 'foreign key',
      columns,
      dependsOn: [],
    },
    ...{ validated: true, enforced: true, deferrable: false, initiallyDeferred: false, inherited: false },
    references: { ...references, onDelete, onUpdate },
    definition: `ALTER TABLE ${table} ADD CONSTRAINT ${name} FOREIGN KEY (${columns.join(', ')}) REFERENCES ${references.table} (${references.columns.join(', ')}) ${actions}`,
  };
}
