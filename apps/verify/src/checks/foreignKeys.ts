import { objectKey } from '@app/catalog';
import type postgres from 'postgres';
import type { Check, Observation, Subject } from '../check.ts';
import { type ForeignKey, foreignKeysOf } from '../derive/model.ts';
import { constraintName } from '../derive/names.ts';
import { madeOfKind, type Project } from '../project.ts';
import { ACCEPTED, attempt, refused, rolledBack, settle } from '../sql/attempt.ts';
import { identifier, insert, literal, pick, type Row } from '../sql/statements.ts';
import { attemptAll } from './cases.ts';
import { deferral } from './deferral.ts';
import { type Family, onParentsChange } from './foreignKeyActions.ts';
import { keptByAll } from './keptByAll.ts';
import { missingForeignKeys } from './missing.ts';

/** An orphan is refused, a child with a parent is not, and the parent's end or change does to its children what it should. */
export function foreignKeysSubject(project: Project): Subject {
  const made = madeOfKind(project, 'constraint').filter(
    (constraint): constraint is ForeignKey => constraint.references !== undefined,
  );
  return {
    name: 'foreign keys',
    startsFrom: 'migrated',
    database: 'shared',
    checks: [...made, ...missingForeignKeys(project)].map((key) => foreignKeyCheck(project, key)),
  };
}

const [PARENT, CHILD, OTHER, FALLBACK] = [901, 902, 903, 904];

function familyOf({ sampler }: Project, { table, columns, references }: ForeignKey): Family {
  const parent = sampler.row(references.table, PARENT);
  const keys = columns.map((column, index) => [column, parent[references.columns[index] ?? ''] ?? 'NULL'] as const);
  return {
    parent,
    child: { ...sampler.row(table, CHILD), ...Object.fromEntries(keys) },
    otherKey: pick(sampler.row(references.table, OTHER), references.columns),
  };
}

function foreignKeyCheck(project: Project, key: ForeignKey): Check {
  const { table, references, definition } = key;
  return {
    name: constraintName(project, key),
    fix: `restore it by a migration: ${definition}`,
    proves: [objectKey(key)],
    // As superuser: a parent may be somebody else's to write.
    prove: ({ superuser }) =>
      rolledBack(superuser, async (transaction) => {
        const { parent, child, otherKey } = familyOf(project, key);
        const { sampler } = project;
        const own = [...(await keptByAll(transaction, key)), ...(await deferral(transaction, key))];
        await sampler.layParents(transaction, references.table, parent, PARENT);
        await sampler.layParents(transaction, references.table, { ...parent, ...otherKey }, OTHER);
        await transaction.unsafe(insert(references.table, parent));
        await sampler.layParents(transaction, table, child, CHILD, key.name);
        if (references.onDelete === 'set default') await layDefault(transaction, project, key);
        const orphan = { ...child, ...asChilds(key, otherKey) };
        const alone = await orphanOutcome(transaction, project, key, orphan);
        return [
          ...own,
          {
            what: `a row whose parent is not in ${references.table}`,
            expected: refused('23503', key.name),
            actual: alone,
          },
          { what: 'a row with a parent', expected: ACCEPTED, actual: await attempt(transaction, insert(table, child)) },
          ...(await incomplete(transaction, project, key, child)),
          ...(await onParentsChange({ transaction, project, key, parent, child, otherKey })),
        ];
      }),
  };
}

/** The parent that a child falls back on. */
async function layDefault(
  transaction: postgres.TransactionSql,
  { model, sampler }: Project,
  key: ForeignKey,
): Promise<void> {
  const { table, columns } = key.references;
  const defaults = key.columns.map(
    (column) => model.get(key.table)?.columns.find(({ name }) => name === column)?.default ?? 'NULL',
  );
  if (defaults.includes('NULL')) return;
  const fallback = Object.fromEntries(columns.map((column, at) => [column, defaults[at] ?? 'NULL']));
  await settle(transaction, insert(table, { ...sampler.row(table, FALLBACK), ...fallback }));
  // A sequence that has given no number yet would give the fallback's, or have it as its last.
  for (const { name, identityKind } of model.get(table)?.columns ?? [])
    if (identityKind !== undefined)
      await transaction.unsafe(
        `SELECT nextval(pg_get_serial_sequence(${literal(table)}, ${literal(name)})) FROM generate_series(1, 2)`,
      );
}

/** A key of the parent, in the child's columns. */
function asChilds({ columns, references }: ForeignKey, key: Row): Row {
  return Object.fromEntries(columns.map((column, index) => [column, key[references.columns[index] ?? ''] ?? 'NULL']));
}

/** Whatever else the row refers to is there. */
async function orphanOutcome(
  transaction: postgres.TransactionSql,
  { sampler, model }: Project,
  key: ForeignKey,
  orphan: Row,
): Promise<string> {
  const own = model.get(key.table);
  const others = own === undefined ? [] : foreignKeysOf(own).filter(({ name }) => name !== key.name);
  const shares = others.some(({ columns }) => columns.some((column) => key.columns.includes(column)));
  if (shares) await sampler.layParents(transaction, key.table, orphan, OTHER, key.name);
  return await attempt(transaction, insert(key.table, orphan));
}

/** Of several columns, one without a value: no reference at all, unless the key is MATCH FULL. */
async function incomplete(
  transaction: postgres.TransactionSql,
  { model }: Project,
  key: ForeignKey,
  child: Row,
): Promise<Observation[]> {
  const nullable = model.get(key.table)?.columns.find(({ name, notNull }) => key.columns.includes(name) && !notNull);
  if (nullable === undefined || key.columns.length < 2) return [];
  const expected = key.definition.includes(' MATCH FULL') ? refused('23503', key.name) : ACCEPTED;
  const others = key.columns.filter((column) => column !== nullable.name);
  const change = { ...pick(child, others), [nullable.name]: 'NULL' };
  return await attemptAll(transaction, key.table, child, [
    [`a row without ${identifier(nullable.name)}`, change, expected],
  ]);
}
