import { type IndexObject, objectKey } from '@app/catalog';
import type { Check, Observation, Scene, Subject } from '../check.ts';
import type { PlanEvidence } from '../evidence.ts';
import { madeOfKind, type Project } from '../project.ts';
import { fillDerived } from '../sample/volume.ts';
import { rolledBack } from '../sql/attempt.ts';
import { explain, medianTime } from '../sql/plan.ts';
import { identifier } from '../sql/statements.ts';
import { derivedQuery } from './indexQuery.ts';

/** At volume, the planner answers the query that an index is for with that index, and pays more without it. */
export function indexesSubject(project: Project): Subject {
  const { volume } = project.config;
  // That of an exclusion is there to refuse; that of a partition is dropped and asked with its parent's.
  const indexes = madeOfKind(project, 'index').filter(({ attachedTo, constraint, table }) => {
    const excludes = project.model
      .get(table)
      ?.constraints.some(({ name, type }) => name === constraint && type === 'exclude');
    return attachedTo === undefined && !excludes;
  });
  return {
    name: 'indexes',
    startsFrom: 'migrated',
    database: 'shared',
    feels: ['table', 'column', 'constraint', 'index', 'type', 'extension', 'statistics'],
    prepare: async (scene: Scene) => {
      await volume?.fill?.(scene);
      await fillDerived(scene, project);
    },
    checks: indexes.map((index) => indexCheck(project, index)),
  };
}

function indexCheck(project: Project, index: IndexObject): Check {
  const { name, definition } = index;
  return {
    name,
    fix: `restore it by a migration (CREATE INDEX CONCURRENTLY): ${definition}; or give it a query in \`volume.queries\` of the config`,
    proves: [objectKey(index), ...attachedTo(project, index).map(objectKey)],
    prove: async ({ sql }) => {
      const query = project.config.volume?.queries?.[name] ?? derivedQuery(project, index);
      if (query === undefined) return [{ what: 'the query that it is for', expected: 'one', actual: 'none is given' }];
      const names = [name, ...attachedTo(project, index).map((attached) => attached.name)];
      const used = await explain(sql, query);
      const uses = { what: query, expected: name, actual: usedBy(names, used.indexes) };
      if (uses.actual !== name) return [uses];
      const withIndex = { cost: used.cost, milliseconds: await medianTime(sql, query) };
      const withoutIndex = await rolledBack(sql, async (transaction) => {
        await transaction.unsafe(removal(index));
        return { cost: (await explain(transaction, query)).cost, milliseconds: await medianTime(transaction, query) };
      });
      const evidence: PlanEvidence = { kind: 'plan', name, table: index.table, query, withIndex, withoutIndex };
      // An index whose query has an order is there to keep it.
      const isOrder = /\sORDER BY\s/i.test(query);
      const sorting = { what: 'sorting', expected: 'none', actual: used.sorts ? 'some' : 'none' };
      return [uses, ...(isOrder ? [sorting] : []), paysMore(evidence)];
    },
  };
}

function paysMore(evidence: PlanEvidence): Observation {
  const [withIndex, without] = [evidence.withIndex.cost, evidence.withoutIndex.cost];
  const pays = without > withIndex ? 'more' : `no more: ${without} against ${withIndex}`;
  return { what: 'cost of the same query without it', expected: 'more', actual: pays, evidence };
}

/** The plan of a partitioned table names the indexes of its partitions. */
function usedBy(names: readonly string[], used: readonly string[]): string {
  const [own = ''] = names;
  const others = used.filter((name) => !names.includes(name));
  return used.length > 0 && others.length === 0 ? own : others.join(', ') || 'no index';
}

function removal({ table, constraint, identity }: IndexObject): string {
  if (constraint === undefined) return `DROP INDEX ${identity}`;
  return `ALTER TABLE ${table} DROP CONSTRAINT ${identifier(constraint)} CASCADE`;
}

function attachedTo(project: Project, index: IndexObject): IndexObject[] {
  const attached = madeOfKind(project, 'index').filter((other) => other.attachedTo === index.identity);
  return attached.flatMap((other) => [other, ...attachedTo(project, other)]);
}
