import type { IndexObject } from '@app/catalog';
import type { Check } from '../check.ts';
import { isUniqueWithin, wordsOf } from '../derive/model.ts';
import type { Project } from '../project.ts';
import { ACCEPTED, attempt, rolledBack } from '../sql/attempt.ts';
import { insert, pickGiven } from '../sql/statements.ts';
import { dropUnique } from './dropUnique.ts';
import { dropForeignKeys } from './foreignKeyless.ts';

/** Whether nothing else keeps two rows from sharing the keys of an index that is not unique. */
export function mayShare(project: Project, { table, keys, unique, predicate }: IndexObject): boolean {
  const { indexes = [], constraints = [] } = project.model.get(table) ?? {};
  const isKey = indexes.some((other) => isUniqueWithin(other, keys));
  const excludes = constraints.some(({ type }) => type === 'exclude');
  return !unique && predicate === undefined && !isKey && !excludes && project.model.has(table);
}

/** An index that is there to find rows refuses none. */
export function sharedKeys(project: Project, { name, table, keys, definition }: IndexObject): Check {
  return {
    name: `${name}: two rows may share its keys`,
    fix: `make it plain again by a migration: ${definition}`,
    prove: ({ superuser }) =>
      rolledBack(superuser, async (transaction) => {
        await dropForeignKeys(transaction, project, table);
        const shared = keys.flatMap(wordsOf);
        const columns = project.model.get(table)?.columns.map(({ name }) => name) ?? [];
        const others = columns.filter((column) => !shared.includes(column));
        // Whoever has the columns in common has what is made of them in common.
        await dropUnique(transaction, project, table, (unique) =>
          unique.keys.flatMap(wordsOf).every((word) => !others.includes(word)),
        );
        const [first, second] = [project.sampler.row(table, 1), project.sampler.row(table, 2)];
        await transaction.unsafe(insert(table, first));
        const actual = await attempt(transaction, insert(table, { ...second, ...pickGiven(first, shared) }));
        return [{ what: `the same ${keys.join(', ')} twice`, expected: ACCEPTED, actual }];
      }),
  };
}
