import { Column, type GetColumnData, is, Placeholder, SQL, sql } from 'drizzle-orm';
import { PgDialect } from 'drizzle-orm/pg-core';

export type Casing = 'snake_case' | 'camelCase';

export type Value = string | number | boolean | null;

/** A field that is no column and is not used as the driver gives it; `read` is never called for null. */
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

/** `sql<Data>` is a field that is used as the driver gives it. */
type Fields = Readonly<Record<string, Column | SQL | Expression<unknown>>>;

/** A statement whose text is made once; the driver prepares it by its text, and from then on sends values alone. */
export interface Statement<Values, Row> {
  readonly text: string;
  readonly bind: (values: Values) => Value[];
  /** Turns a row as the driver gives it into what it is to be, in place. */
  readonly read: (row: unknown) => Row;
}

/**
 * Makes a statement: `statement<Values>()(fields, write)`.
 *
 * @param options.casing how columns without a name of their own are called: what `createDatabase` was given
 * @param fields what comes back, by name
 * @param write the SQL, from a placeholder for each value and the list of fields; columns carry their table's name
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
      throw new TypeError('a statement takes its values by name');
    });
    return { text, bind: (values) => names.map((name) => values[name]), read: reader(fields) };
  };
}

function placeholders<Name extends PropertyKey>(): Readonly<Record<Name, Placeholder>> {
  return new Proxy({} as Record<Name, Placeholder>, { get: (_, name) => sql.placeholder(String(name)) });
}

/** Most columns are what the driver gives, and cost nothing here. */
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
