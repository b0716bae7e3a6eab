import { type CatalogKind, type CatalogObject, nameOn, objectKey, quotedName, readCatalogWithin } from '@app/catalog';
import type postgres from 'postgres';
import { rolledBack } from '../sql/attempt.ts';

interface Pair {
  readonly expected: CatalogObject;
  readonly actual: CatalogObject;
  /** Names of the properties that differ. */
  readonly properties: readonly string[];
}

/** Returns the keys of the objects whose two texts PostgreSQL reads as the same. */
export type SameWhenReread = (pairs: readonly Pair[]) => Promise<ReadonlySet<string>>;

/** Properties whose text PostgreSQL writes from a parsed expression: a dump and restore may set its brackets otherwise. */
const PARSED: Partial<Record<CatalogKind, readonly string[]>> = {
  column: ['default', 'generated'],
  constraint: ['definition'],
  function: ['body'],
  index: ['columns', 'predicate'],
  policy: ['USING', 'WITH CHECK'],
  rule: ['definition'],
  trigger: ['definition'],
  type: ['checks', 'default'],
  view: ['query'],
};

/**
 * Gives each text to PostgreSQL once more, in a database that has the expected objects, and compares what it becomes.
 * `sql`: one connection that may change them; every change is rolled back.
 */
export function rereadWith(sql: postgres.Sql, schemas: readonly string[]): SameWhenReread {
  return async (pairs) => {
    const parsed = pairs.filter(({ expected, properties }) =>
      properties.every((property) => PARSED[expected.kind]?.includes(property)),
    );
    if (parsed.length === 0) return new Set();
    const ours = await reread(
      sql,
      schemas,
      parsed.map(({ expected }) => expected),
    );
    const theirs = await reread(
      sql,
      schemas,
      parsed.map(({ actual }) => actual),
    );
    const same = parsed
      .map(({ expected }) => objectKey(expected))
      .filter((key) => ours.get(key) !== undefined && ours.get(key) === theirs.get(key));
    return new Set(same);
  };
}

/** By key, the definition that an object has after it was made from its text; none for what PostgreSQL refuses. */
async function reread(
  sql: postgres.Sql,
  schemas: readonly string[],
  objects: readonly CatalogObject[],
): Promise<Map<string, string>> {
  return await rolledBack(sql, async (transaction) => {
    await transaction.unsafe(
      `SET LOCAL search_path = ''; SET LOCAL check_function_bodies = off; SET LOCAL lock_timeout = '10s'`,
    );
    const made = new Set<string>();
    for (const object of objects) {
      const statements = restatement(object).join(';\n');
      const isMade = await transaction
        .savepoint((savepoint) => savepoint.unsafe(statements))
        .then(
          () => true,
          () => false,
        );
      if (isMade) made.add(objectKey(object));
    }
    const kinds = [...new Set(objects.map(({ kind }) => kind))];
    const catalog = await readCatalogWithin(transaction, { schemas, kinds });
    return new Map(
      catalog.objects.flatMap((object) => {
        const key = objectKey(object);
        return made.has(key) ? [[key, object.definition]] : [];
      }),
    );
  });
}

function restatement(object: CatalogObject): string[] {
  switch (object.kind) {
    case 'column': {
      const [alter, column] = [`ALTER TABLE ${object.table}`, quotedName(object)];
      if (object.generated === undefined)
        return [`${alter} ALTER COLUMN ${column} SET DEFAULT ${object.default ?? 'NULL'}`];
      return [`${alter} DROP COLUMN ${column} CASCADE`, `${alter} ADD COLUMN ${object.declaration}`];
    }
    case 'constraint':
      return [`ALTER TABLE ${object.table} DROP CONSTRAINT ${nameOn(object)} CASCADE`, object.definition];
    case 'index':
      return [`DROP INDEX ${object.identity}`, object.definition];
    case 'policy':
    case 'rule':
    case 'trigger':
      return [`DROP ${object.kind.toUpperCase()} ${nameOn(object)} ON ${object.table}`, object.definition];
    case 'type':
      return [
        ...(object.domain?.default === undefined
          ? []
          : [`ALTER DOMAIN ${object.identity} SET DEFAULT ${object.domain.default}`]),
        ...Object.entries(object.domain?.checks ?? {}).flatMap(([name, text]) => [
          `ALTER DOMAIN ${object.identity} DROP CONSTRAINT ${name}`,
          `ALTER DOMAIN ${object.identity} ADD CONSTRAINT ${name} ${text}`,
        ]),
      ];
    case 'view':
      return [`DROP ${object.materialized ? 'MATERIALIZED ' : ''}VIEW ${object.identity} CASCADE`, object.definition];
    default:
      return [object.definition];
  }
}
