import { type Column, type GetColumnData, is, Placeholder, type SQL, sql } from 'drizzle-orm';
import { PgDialect } from 'drizzle-orm/pg-core';

export type Value = string | number | boolean | null;

/** A field that is no column, and how it is read from what the driver gives; `read` is never called for null. */
export interface Expression<Data> {
  readonly sql: SQL;
  readonly read: (value: never) => Data;
}

export const expression = <Data>(sql: SQL, read: (value: never) => Data): Expression<Data> => ({ sql, read });

type RowOf<Fields> = {
  [Name in keyof Fields]: Fields[Name] extends Column
    ? GetColumnData<Fields[Name]>
    : Fields[Name] extends Expression<infer Data>
      ? Data
      : never;
};

/** A statement whose text is made once; the driver prepares it by its text, and from then on sends values alone. */
export interface Statement<Values, Row> {
  readonly text: string;
  readonly bind: (values: Values) => Value[];
  readonly read: (row: readonly unknown[]) => Row;
}

/**
 * Makes a statement: `statement<Values>()(fields, write)`.
 *
 * @param fields what comes back, by name
 * @param write the SQL, from a placeholder for each value and the list of fields; columns carry their table's name
 */
export function statement<Values extends { readonly [Name in keyof Values]: Value }>() {
  return <Fields extends Readonly<Record<string, Column | Expression<unknown>>>>(
    fields: Fields,
    write: (values: Readonly<Record<keyof Values, Placeholder>>, fields: SQL) => SQL,
  ): Statement<Values, RowOf<Fields>> => {
    const list = Object.values(fields).map((field) => ('read' in field ? field.sql : sql`${field}`));
    const { sql: text, params } = new PgDialect().sqlToQuery(write(placeholders(), sql.join(list, sql`, `)));
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

function reader<Fields extends Readonly<Record<string, Column | Expression<unknown>>>>(fields: Fields) {
  const readers = Object.entries(fields).map(([name, field], index) => ({
    name,
    index,
    read: 'read' in field ? (field.read as (value: unknown) => unknown) : field.mapFromDriverValue.bind(field),
  }));
  return (values: readonly unknown[]): RowOf<Fields> => {
    const row: Record<string, unknown> = {};
    for (const { name, index, read } of readers) {
      const value = values[index];
      row[name] = value === null ? null : read(value);
    }
    return row as RowOf<Fields>;
  };
}
