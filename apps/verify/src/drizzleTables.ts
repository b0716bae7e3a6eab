import type { ForeignKeyAction } from '@app/catalog';
import { is } from 'drizzle-orm';
import { getTableConfig, PgTable } from 'drizzle-orm/pg-core';

/** What the Drizzle schema says that there is: the expected side of the subject `schema`, never its verdict. */
export interface ExpectedTable {
  /** `public.uploads`, of raw names. */
  readonly identity: string;
  /** Raw names. */
  readonly schema: string;
  readonly name: string;
  readonly rowSecurity: boolean;
  readonly columns: readonly ExpectedColumn[];
  readonly checks: readonly string[];
  /** Primary key, unique constraints and unique indexes. */
  readonly keys: readonly ExpectedKey[];
  readonly foreignKeys: readonly ExpectedForeignKey[];
  /** Indexes that serve no constraint. */
  readonly indexes: readonly string[];
  readonly policies: readonly string[];
}

export interface ExpectedColumn {
  readonly name: string;
  readonly type: string;
  readonly notNull: boolean;
  readonly hasDefault: boolean;
}

interface ExpectedKey {
  readonly name: string;
  readonly type: 'primary key' | 'unique' | 'unique index';
  readonly columns: readonly string[];
}

export interface ExpectedForeignKey {
  readonly name: string;
  readonly columns: readonly string[];
  readonly references: { readonly table: string; readonly columns: readonly string[] };
  readonly onDelete: ForeignKeyAction;
  readonly onUpdate: ForeignKeyAction;
}

/** Every table that the module exports, by name. */
export function expectedTables(schema: Readonly<Record<string, unknown>>): ExpectedTable[] {
  const tables = Object.values(schema).flatMap((value) => (is(value, PgTable) ? [value] : []));
  return tables.map(expectedTable).sort((a, b) => (a.name < b.name ? -1 : 1));
}

function expectedTable(table: PgTable): ExpectedTable {
  const config = getTableConfig(table);
  return {
    identity: qualified(config),
    schema: config.schema ?? 'public',
    name: config.name,
    rowSecurity: config.enableRLS || config.policies.length > 0,
    columns: config.columns.map((column) => ({
      name: column.name,
      type: typeName(column.getSQLType()),
      notNull: column.notNull,
      hasDefault: column.hasDefault || column.generatedIdentity !== undefined,
    })),
    checks: config.checks.map(({ name }) => name),
    keys: [...primaryKey(config), ...uniqueKeys(config)],
    foreignKeys: config.foreignKeys.map((key) => {
      const { columns, foreignColumns, foreignTable } = key.reference();
      return {
        name: key.getName(),
        columns: columns.map(({ name }) => name),
        references: { table: qualified(getTableConfig(foreignTable)), columns: foreignColumns.map(({ name }) => name) },
        onDelete: key.onDelete ?? 'no action',
        onUpdate: key.onUpdate ?? 'no action',
      };
    }),
    indexes: config.indexes.map(({ config: { name } }) => named(name, config.name)),
    policies: config.policies.map(({ name }) => name),
  };
}

const TYPE_NAMES: Readonly<Record<string, string>> = {
  varchar: 'character varying',
  char: 'character',
  serial: 'integer',
  smallserial: 'smallint',
  bigserial: 'bigint',
  timestamp: 'timestamp without time zone',
  time: 'time without time zone',
};

/** As PostgreSQL writes it: Drizzle keeps the names that its builders have. */
function typeName(type: string): string {
  const [, name = '', length = '', rest = ''] =
    /^([a-z_ ]+?)(\([\d, ]+\))?((?: with time zone)?(?:\[\])*)$/.exec(type) ?? [];
  if (name === '') return type;
  const [word = '', ...zone] = (rest.startsWith(' with') ? name : (TYPE_NAMES[name] ?? name)).split(' without');
  return `${word}${length.replace(', ', ',')}${zone.length > 0 ? ` without${zone.join('')}` : ''}${rest}`;
}

type TableConfig = ReturnType<typeof getTableConfig>;

function qualified({ schema: name, name: table }: TableConfig): string {
  return `${name ?? 'public'}.${table}`;
}

/** PostgreSQL names the key that a column declares `<table>_pkey`. */
function primaryKey(config: TableConfig): ExpectedKey[] {
  const declared = config.primaryKeys.map((key) => ({
    name: key.getName(),
    columns: key.columns.map(({ name }) => name),
  }));
  const inline = config.columns.filter(({ primary }) => primary).map(({ name }) => name);
  const own = inline.length === 0 ? [] : [{ name: `${config.name}_pkey`, columns: inline }];
  return [...declared, ...own].map((key) => ({ ...key, type: 'primary key' }));
}

function uniqueKeys(config: TableConfig): ExpectedKey[] {
  const constraints = config.uniqueConstraints.map((key) => ({
    name: named(key.getName(), config.name),
    type: 'unique' as const,
    columns: key.columns.map(({ name }) => name),
  }));
  const indexes = config.indexes
    .filter(({ config: index }) => index.unique)
    .map(({ config: index }) => ({
      name: named(index.name, config.name),
      type: 'unique index' as const,
      columns: index.columns.flatMap((column) => ('name' in column && column.name !== undefined ? [column.name] : [])),
    }));
  return [...constraints, ...indexes];
}

function named(name: string | undefined, table: string): string {
  if (name === undefined) throw new Error(`an index or key of ${table} has no name in the schema`);
  return name;
}
