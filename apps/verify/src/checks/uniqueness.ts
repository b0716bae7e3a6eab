import { type ConstraintObject, type IndexObject, objectKey } from '@app/catalog';
import type postgres from 'postgres';
import type { Check, Observation } from '../check.ts';
import type { KeyPart, KeyRules } from '../derive/keyRules.ts';
import { isUniqueWithin } from '../derive/model.ts';
import { constraintName } from '../derive/names.ts';
import type { Project } from '../project.ts';
import { firstPartitionOf } from '../sample/partition.ts';
import { ACCEPTED, refused, rolledBack } from '../sql/attempt.ts';
import { insert, pick, type Row } from '../sql/statements.ts';
import { attemptAll, type Case, describe } from './cases.ts';
import { deferral } from './deferral.ts';
import { dropUnique } from './dropUnique.ts';
import { dropForeignKeys } from './foreignKeyless.ts';

/** A twin is refused, whatever makes two rows twins to the index; what differs in one of its keys is not. */
export function uniqueness(project: Project, index: IndexObject, constraint?: ConstraintObject): Check {
  const { table, keys } = index;
  return {
    name: constraint === undefined ? index.name : constraintName(project, constraint),
    fix: `restore it by a migration: ${constraint?.definition ?? index.definition}`,
    // That the planner uses the index is another thing.
    proves: constraint === undefined ? [objectKey(index)] : [objectKey(constraint), objectKey(index)],
    prove: async ({ superuser }) => {
      const rules = project.keyRules.get(index.identity);
      if (rules === undefined || rules instanceof Error)
        throw rules ?? new Error(`nothing is known of ${index.identity}`);
      const refusal = refused('23505', refusingIndex(project, index).name);
      return await rolledBack(superuser, async (transaction) => {
        await dropForeignKeys(transaction, project, table);
        // A twin of more columns is one of fewer as well: their keys would refuse it first.
        await dropUnique(
          transaction,
          project,
          table,
          (other) => other.identity !== index.identity && isUniqueWithin(other, keys),
        );
        const own = constraint === undefined ? [] : await deferral(transaction, constraint);
        await transaction.unsafe(insert(table, rules.first));
        const twin = {
          ...rules.second,
          ...pick(
            rules.first,
            rules.keys.flatMap(({ columns }) => columns),
          ),
        };
        const cases: Case[] = [
          [`the same ${keys.join(', ')} twice`, {}, refusal],
          ...rules.keys.flatMap((key) => casesOfKey(rules, key, refusal)),
          ...(rules.outside === undefined
            ? []
            : [[`the twin with ${describe(rules.outside)}`, rules.outside, ACCEPTED] as const]),
        ];
        return [
          ...own,
          ...(await attemptAll(transaction, table, twin, cases)),
          ...(await nullTwins(transaction, index, twin, rules, refusal)),
        ];
      });
    },
  };
}

function casesOfKey(
  { first, second }: KeyRules,
  { expression, columns, differs, alike }: KeyPart,
  refusal: string,
): Case[] {
  const another: Case[] = differs ? [[`another ${expression}`, pick(second, columns), ACCEPTED]] : [];
  if (alike === undefined) return another;
  return [...another, [`the same ${expression} by ${describe(alike)}`, { ...pick(first, columns), ...alike }, refusal]];
}

/** Two rows with no value are twins only to an index with NULLS NOT DISTINCT. */
async function nullTwins(
  transaction: postgres.TransactionSql,
  { table, definition }: IndexObject,
  twin: Row,
  { keys, third }: KeyRules,
  refusal: string,
): Promise<Observation[]> {
  const observations: Observation[] = [];
  const expected = definition.includes(' NULLS NOT DISTINCT') ? refusal : ACCEPTED;
  for (const { nullable } of keys) {
    if (nullable === undefined) continue;
    // Each beside one other row without a value, which differs in nothing else that counts.
    const nameless = { ...twin, [nullable]: 'NULL' };
    observations.push(
      ...(await rolledBackTo(transaction, async () => {
        await transaction.unsafe(insert(table, nameless));
        const again = {
          ...third,
          ...pick(
            nameless,
            keys.flatMap(({ columns }) => columns),
          ),
        };
        return await attemptAll(transaction, table, again, [[`no ${nullable} twice`, {}, expected]]);
      })),
    );
  }
  return observations;
}

async function rolledBackTo<Result>(
  transaction: postgres.TransactionSql,
  work: () => Promise<Result>,
): Promise<Result> {
  await transaction.unsafe('SAVEPOINT verify_twins');
  const result = await work();
  await transaction.unsafe('ROLLBACK TO SAVEPOINT verify_twins');
  return result;
}

/** A partitioned index refuses nothing: those of its partitions do. */
export function refusingIndex({ model }: Project, index: IndexObject): IndexObject {
  const table = model.get(index.table);
  const partition = table?.table.tableKind === 'partitioned' ? firstPartitionOf(table, model) : undefined;
  const attached = partition?.indexes.find(({ attachedTo }) => attachedTo === index.identity);
  return attached === undefined ? index : refusingIndex({ model } as Project, attached);
}
