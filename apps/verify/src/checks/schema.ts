import { type Catalog, objectsOfKind, readCatalog } from '@app/catalog';
import type { Check, Observation, Subject } from '../check.ts';
import { type ExpectedTable, expectedTables } from '../drizzleTables.ts';
import type { Project } from '../project.ts';

const FIX = 'pnpm --filter @app/db generate --name <what>, then migrate: schema and migrations must say the same';

/** The database has what the Drizzle schema describes, valid, and nothing beside it. */
export function schemaSubject({ config }: Project, drizzle: Readonly<Record<string, unknown>>): Subject {
  const tables = expectedTables(drizzle);
  return {
    name: 'schema',
    startsFrom: 'migrated',
    database: 'shared',
    looksAt: 'catalog',
    checks: [tablesCheck(tables, config.schemas), ...tables.map((table) => tableCheck(table, config.schemas))],
  };
}

function tablesCheck(tables: readonly ExpectedTable[], schemas: readonly string[]): Check {
  return {
    name: 'tables',
    fix: FIX,
    prove: async ({ sql }) => {
      const found = objectsOfKind(await readCatalog(sql, { schemas, kinds: ['table'] }), 'table');
      return [
        same(
          'names',
          tables.map(({ identity }) => identity),
          // Drizzle knows a partitioned table, and nothing of its partitions.
          found.filter(({ partitionOf }) => partitionOf === undefined).map(({ schema, name }) => `${schema}.${name}`),
        ),
      ];
    },
  };
}

function tableCheck(expected: ExpectedTable, schemas: readonly string[]): Check {
  return {
    name: `table ${expected.name}`,
    fix: FIX,
    prove: async ({ sql }) => observeTable(expected, await readCatalog(sql, { schemas, kinds: OBSERVED })),
  };
}

const OBSERVED = ['table', 'column', 'constraint', 'index', 'policy'] as const;

function observeTable(expected: ExpectedTable, catalog: Catalog): Observation[] {
  const table = objectsOfKind(catalog, 'table').find(
    ({ schema, name }) => schema === expected.schema && name === expected.name,
  );
  const of = <Item extends { readonly table: string }>(items: readonly Item[]) =>
    items.filter((item) => item.table === table?.identity);
  const columns = of(objectsOfKind(catalog, 'column'));
  // It knows no exclusions either.
  const constraints = of(objectsOfKind(catalog, 'constraint')).filter(({ type }) => type !== 'exclude');
  const indexes = of(objectsOfKind(catalog, 'index'));
  const constraintNames = [
    ...expected.checks,
    ...expected.foreignKeys.map(({ name }) => name),
    ...expected.keys.filter(({ type }) => type !== 'unique index').map(({ name }) => name),
  ];
  return [
    same('columns', expected.columns.map(describeColumn), columns.map(describeColumn)),
    same(
      'constraints',
      constraintNames,
      constraints.map(
        ({ name, validated, enforced }) => `${name}${validated ? '' : ' NOT VALID'}${enforced ? '' : ' (disabled)'}`,
      ),
    ),
    same(
      'indexes',
      expected.indexes,
      indexes.filter(({ constraint }) => constraint === undefined).map(({ name }) => name),
    ),
    same(
      'indexes not valid',
      [],
      indexes.filter(({ valid, ready }) => !valid || !ready).map(({ name }) => name),
    ),
    same(
      'policies',
      expected.policies,
      of(objectsOfKind(catalog, 'policy')).map(({ name }) => name),
    ),
    { what: 'row level security', expected: onOff(expected.rowSecurity), actual: onOff(table?.rowSecurity ?? false) },
  ];
}

function describeColumn({ name, type, notNull }: { name: string; type: string; notNull: boolean }): string {
  return `${name} ${type.replace(/^public\./, '')}${notNull ? ' NOT NULL' : ''}`;
}

function onOff(on: boolean): string {
  return on ? 'on' : 'off';
}

/** Compares two lists whatever their order, and shows only what one has and the other has not. */
function same(what: string, expected: readonly string[], actual: readonly string[]): Observation {
  const missing = expected.filter((item) => !actual.includes(item));
  const extra = actual.filter((item) => !expected.includes(item));
  return { what, expected: listed(missing), actual: listed(extra) };
}

function listed(items: readonly string[]): string {
  return items.length === 0 ? 'nothing else' : items.toSorted().join('; ');
}
