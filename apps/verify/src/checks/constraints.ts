import { type ConstraintObject, type IndexObject, objectKey } from '@app/catalog';
import type { Check, Subject } from '../check.ts';
import { constraintName } from '../derive/names.ts';
import { madeOfKind, type Project } from '../project.ts';
import { ACCEPTED, refused, rolledBack } from '../sql/attempt.ts';
import { attemptAll, type Case, describe } from './cases.ts';
import { exclusion } from './exclusions.ts';
import { keptByAll } from './keptByAll.ts';
import { mayShare, sharedKeys } from './sharedKeys.ts';
import { uniqueness } from './uniqueness.ts';

/** Every CHECK, key, unique index and exclusion refuses its violation in its own name, and admits the nearest neighbour; a plain index refuses nothing. */
export function constraintsSubject(project: Project): Subject {
  const constraints = madeOfKind(project, 'constraint');
  const indexes = madeOfKind(project, 'index');
  const indexOf = ({ table, name }: ConstraintObject) =>
    indexes.find((index) => index.table === table && index.constraint === name);
  return {
    name: 'constraints',
    startsFrom: 'migrated',
    database: 'shared',
    checks: [
      ...constraints.flatMap((constraint) => checksOf(project, constraint, indexOf(constraint))),
      ...indexes
        // A materialized view takes no row that could be refused.
        .filter(({ unique, constraint, table }) => unique && constraint === undefined && project.model.has(table))
        .map((index) => uniqueness(project, index)),
      ...indexes
        .filter((index) => index.attachedTo === undefined && mayShare(project, index))
        .map((index) => sharedKeys(project, index)),
    ],
  };
}

function checksOf(project: Project, constraint: ConstraintObject, index: IndexObject | undefined): Check[] {
  if (constraint.type === 'check') return [checkConstraint(project, constraint)];
  if (constraint.type === 'exclude') return [exclusion(project, constraint)];
  if (constraint.type === 'foreign key' || index === undefined) return [];
  return [uniqueness(project, index, constraint)];
}

function checkConstraint(project: Project, constraint: ConstraintObject): Check {
  const { table, definition } = constraint;
  return {
    name: constraintName(project, constraint),
    fix: `restore it by a migration: ${definition}; what it must refuse and admit beside what a search finds is in \`examples\` of the config`,
    proves: [objectKey(constraint)],
    prove: async ({ superuser }) => {
      const cases = casesFor(project, constraint);
      const lacking = [
        {
          what: 'rows to be refused',
          expected: 'some',
          actual: cases.some(([, , expected]) => expected !== ACCEPTED) ? 'some' : 'none',
        },
        {
          what: 'rows to be admitted',
          expected: 'some',
          actual: cases.some(([, , expected]) => expected === ACCEPTED) ? 'some' : 'none',
        },
      ].filter(({ expected, actual }) => expected !== actual);
      return await rolledBack(superuser, async (transaction) => {
        const kept = await keptByAll(transaction, constraint);
        const sample = project.sampler.row(table, 1);
        await project.sampler.layParents(transaction, table, sample, 1);
        return [...lacking, ...kept, ...(await attemptAll(transaction, table, sample, cases))];
      });
    },
  };
}

/** What the search found, and what the config gives. */
function casesFor({ checkCases, config }: Project, { identity, name }: ConstraintObject): Case[] {
  const found = checkCases.get(identity) ?? [];
  if (found instanceof Error) throw found;
  const examples = config.examples?.[name] ?? { refused: [], admitted: [] };
  const cases = [
    ...examples.refused.map((change) => ({ change, admitted: false })),
    ...examples.admitted.map((change) => ({ change, admitted: true })),
    ...found,
  ];
  return cases.map(({ change, admitted }) => [describe(change), change, admitted ? ACCEPTED : refused('23514', name)]);
}
