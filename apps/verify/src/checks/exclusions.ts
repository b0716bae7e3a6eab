import { type ConstraintObject, objectKey } from '@app/catalog';
import type { Check } from '../check.ts';
import { constraintName } from '../derive/names.ts';
import type { Project } from '../project.ts';
import { ACCEPTED, refused, rolledBack } from '../sql/attempt.ts';
import { insert, pick } from '../sql/statements.ts';
import { attemptAll, type Case, describe } from './cases.ts';
import { deferral } from './deferral.ts';
import { dropForeignKeys } from './foreignKeyless.ts';
import { refusingIndex } from './uniqueness.ts';

/** What its operators all hold for is refused; where one of them does not, it is admitted. */
export function exclusion(project: Project, constraint: ConstraintObject): Check {
  const { table, name, definition } = constraint;
  const index = project.model.get(table)?.indexes.find((candidate) => candidate.constraint === name);
  return {
    name: constraintName(project, constraint),
    fix: `restore it by a migration: ${definition}`,
    proves: [objectKey(constraint), ...(index === undefined ? [] : [objectKey(index)])],
    prove: async ({ superuser }) => {
      const rules = index && project.keyRules.get(index.identity);
      if (index === undefined || rules === undefined || rules instanceof Error)
        throw rules ?? new Error(`nothing is known of ${constraint.identity}`);
      const refusal = refused('23P01', refusingIndex(project, index).name);
      const operators = operatorsOf(definition);
      // Two rows conflict where each operator holds: <> between what differs, the others between what is the same.
      const conflicting = Object.assign(
        { ...rules.second },
        ...rules.keys.map(({ columns }, at) => pick(operators[at] === '<>' ? rules.second : rules.first, columns)),
      );
      const cases: Case[] = [
        ['what conflicts in all of it', {}, refusal],
        ...rules.keys.flatMap(({ expression, columns, differs }, at): Case[] => {
          const other = pick(operators[at] === '<>' ? rules.first : rules.second, columns);
          return differs ? [[`no conflict in ${expression}`, other, ACCEPTED]] : [];
        }),
        ...rules.keys.flatMap(({ columns: [column = ''] }, at): Case[] => {
          if (operators[at] !== '&&') return [];
          const overlapping = { [column]: `range_merge(${rules.first[column]}, ${rules.second[column]})` };
          return [[`an overlap: ${describe(overlapping)}`, overlapping, refusal]];
        }),
        ...(rules.outside === undefined
          ? []
          : [[`the same with ${describe(rules.outside)}`, rules.outside, ACCEPTED] as const]),
      ];
      return await rolledBack(superuser, async (transaction) => {
        await dropForeignKeys(transaction, project, table);
        const own = await deferral(transaction, constraint);
        await transaction.unsafe(insert(table, rules.first));
        return [...own, ...(await attemptAll(transaction, table, conflicting, cases))];
      });
    },
  };
}

function operatorsOf(definition: string): string[] {
  return [...definition.matchAll(/ WITH (\S+?)(?=[,)])/g)].map(([, operator = '']) => operator);
}
