import { Column, type GetColumnData, is, Placeholder, SQL, sql } from 'drizzle-orm';
import { PgDialect } from 'drizzle-orm/pg-core';

export type Casing = 'snake_case' | 'camelCase';

export type Value = string | number | boolean | null;

/** A field that is no column, and the conversion of the driver's value. `read` is not called for null. */
export interface Expression<Data> {
  readonly sql: SQL;
  readonly read: (value: never) => Data;
}

export const expression = <Data>(sql: SQL, read: (value: never) => Data): Expression<Data> => ({ sql, read });

type RowOf<Fields> = {
  [Name in keyof Fields]: Fields[Name] extends Column
    ? GetColumnData<Fields[Name]>
    : Fields[Name] extends SQL<infer Data> | Expression<infer Data>
      ? Data
      : never;
};

/** `sql<Data>` is a field with the driver's value. */
type Fields = Readonly<Record<string, Column | SQL | Expression<unknown>>>;

/** A statement with a constant text. The driver prepares it once a connection, and then sends the values alone. */
export interface Statement<Values, Row> {
  readonly text: string;
  readonly bind: (values: Values) => Value[];
  /** Converts a row of the driver in place. */
  readonly read: (row: unknown) => Row;
}

/**
 * Creates a statement: `statement<Values>()(fields, write)`.
 *
 * @param options.casing as given to `createDatabase`
 * @param fields the fields of a row, by name
 * @param write gives the SQL, from a placeholder for each value and the select list; columns are qualified by their table
 */
export function statement<Values extends { readonly [Name in keyof Values]: Value }>({
  casing,
}: {
  casing?: Casing;
} = {}) {
  return <Given extends Fields>(
    fields: Given,
    write: (values: Readonly<Record<keyof Values, Placeholder>>, fields: SQL) => SQL,
  ): Statement<Values, RowOf<Given>> => {
    const list = Object.entries(fields).map(([name, field]) => {
      return sql`${'read' in field ? field.sql : field} AS ${sql.identifier(name)}`;
    });
    const { sql: text, params } = new PgDialect(casing === undefined ? {} : { casing }).sqlToQuery(
      write(placeholders(), sql.join(list, sql`, `)),
    );
    const names = params.map((param) => {
      if (is(param, Placeholder)) return param.name as keyof Values;
      throw new TypeError('a value of a statement must be a placeholder');
    });
    return { text, bind: (values) => names.map((name) => values[name]), read: reader(fields) };
  };
}

function placeholders<Name extends PropertyKey>(): Readonly<Record<Name, Placeholder>> {
  return new Proxy({} as Record<Name, Placeholder>, { get: (_, name) => sql.placeholder(String(name)) });
}

/** Only fields with a conversion are touched. */
function reader<Given extends Fields>(fields: Given): (row: unknown) => RowOf<Given> {
  const readers = Object.entries(fields).flatMap(([name, field]) => {
    if ('read' in field) return [{ name, read: field.read as (value: unknown) => unknown }];
    if (is(field, SQL) || field.mapFromDriverValue === Column.prototype.mapFromDriverValue) return [];
    return [{ name, read: field.mapFromDriverValue.bind(field) }];
  });
  return (given) => {
    const row = given as Record<string, unknown>;
    for (const { name, read } of readers) {
      const value = row[name];
      if (value !== null) row[name] = read(value);
    }
    return row as RowOf<Given>;
  };
}
