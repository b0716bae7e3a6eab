import type { Check, Subject } from '../check.ts';
import { fillWithVolume, INDEX_QUERIES } from '../data/volume.ts';
import { type ExpectedTable, expectedTables } from '../expected/schema.ts';
import { rolledBack } from '../sql/attempt.ts';
import { explain } from '../sql/plan.ts';

/** At volume, the planner answers the query that an index is for with that index, and pays more without it. */
export const indexes: Subject = {
  name: 'indexes',
  startsFrom: 'migrated',
  database: 'shared',
  prepare: fillWithVolume,
  checks: expectedTables().flatMap((table) => {
    const keys = table.keys.filter(({ type }) => type !== 'unique index');
    return [
      ...keys.map(({ name }) => indexCheck(name, `ALTER TABLE ${table.identity} DROP CONSTRAINT ${name} CASCADE`)),
      ...table.indexes.map((name) => indexCheck(name, `DROP INDEX ${schemaOf(table)}.${name}`)),
    ];
  }),
};

function indexCheck(name: string, drop: string): Check {
  return {
    name,
    fix: `restore ${name} by a migration (CREATE INDEX CONCURRENTLY), or give it a query in apps/verify/src/data/volume.ts`,
    prove: async ({ sql }) => {
      const query = INDEX_QUERIES[name];
      if (query === undefined) return [{ what: 'the query that it is for', expected: 'one', actual: 'none is given' }];
      const used = await explain(sql, query);
      const uses = { what: query, expected: name, actual: used.indexes.join(', ') || 'no index' };
      if (uses.actual !== name) return [uses];
      const unaided = await rolledBack(sql, async (transaction) => {
        await transaction.unsafe(drop);
        return await explain(transaction, query);
      });
      const pays = unaided.cost > used.cost ? 'more' : `no more: ${unaided.cost} against ${used.cost}`;
      return [uses, { what: 'cost of the same query without it', expected: 'more', actual: pays }];
    },
  };
}

function schemaOf({ identity, name }: ExpectedTable): string {
  return identity.slice(0, -name.length - 1);
}
