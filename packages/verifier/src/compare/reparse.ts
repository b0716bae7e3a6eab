import { type CatalogKind, type CatalogObject, nameOn, objectKey, quotedName, readCatalogWithin } from '@app/catalog';
import type postgres from 'postgres';
import { withRollback } from '../sql/statements.ts';

interface Pair {
  readonly expected: CatalogObject;
  readonly actual: CatalogObject;
  /** Names of the properties that differ. */
  readonly properties: readonly string[];
}

/** Returns the keys of the objects whose two texts PostgreSQL parses to the same expression. */
export type FindEquivalent = (pairs: readonly Pair[]) => Promise<ReadonlySet<string>>;

/** Properties that PostgreSQL prints from a parse tree. A dump and restore may change their parentheses. */
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
 * Creates each object from both texts in a database that has the expected objects, and compares the definitions that
 * PostgreSQL prints then. Everything is rolled back.
 * @param sql one connection as a role that may change the objects
 */
export function reparseWith(sql: postgres.Sql, schemas: readonly string[]): FindEquivalent {
  return async (pairs) => {
    const parsed = pairs.filter(({ expected, properties }) =>
      properties.every((property) => PARSED[expected.kind]?.includes(property)),
    );
    if (parsed.length === 0) return new Set();
    const expectedDefinitions = await redefine(
      sql,
      schemas,
      parsed.map(({ expected }) => expected),
    );
    const actualDefinitions = await redefine(
      sql,
      schemas,
      parsed.map(({ actual }) => actual),
    );
    const same = parsed
      .map(({ expected }) => objectKey(expected))
      .filter(
        (key) =>
          expectedDefinitions.get(key) !== undefined && expectedDefinitions.get(key) === actualDefinitions.get(key),
      );
    return new Set(same);
  };
}

/**
 * Creates the objects from their texts and returns, by key, the definitions that PostgreSQL prints then. An object whose text
 * PostgreSQL refuses is left out.
 */
async function redefine(
  sql: postgres.Sql,
  schemas: readonly string[],
  objects: readonly CatalogObject[],
): Promise<Map<string, string>> {
  return await withRollback(sql, async (transaction) => {
    await transaction.unsafe(
      `SET LOCAL search_path = ''; SET LOCAL check_function_bodies = off; SET LOCAL lock_timeout = '10s'`,
    );
    const created = new Set<string>();
    for (const object of objects) {
      const statements = recreateStatements(object).join(';\n');
      const isCreated = await transaction
        .savepoint((savepoint) => savepoint.unsafe(statements))
        .then(
          () => true,
          () => false,
        );
      if (isCreated) created.add(objectKey(object));
    }
    const kinds = [...new Set(objects.map(({ kind }) => kind))];
    const catalog = await readCatalogWithin(transaction, { schemas, kinds });
    return new Map(
      catalog.objects.flatMap((object) => {
        const key = objectKey(object);
        return created.has(key) ? [[key, object.definition]] : [];
      }),
    );
  });
}

/** The statements that create the object again from its text. */
function recreateStatements(object: CatalogObject): string[] {
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
