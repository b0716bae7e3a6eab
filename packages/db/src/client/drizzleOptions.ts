import { DefaultLogger, is, type Logger, Relations, Table } from 'drizzle-orm';
import { InvalidInput } from '../errors.ts';
import * as librarySchema from '../schema/index.ts';
import type { Casing } from './statement.ts';
import type { AppSchema } from './types.ts';

/** An application's options for Drizzle. */
export interface OrmOptions<Tables extends AppSchema> {
  /** The application's own tables and relations, for `db.query`. Their names must not be those of the library's tables. */
  readonly schema?: Tables;
  /** Gets each statement and its values, the service's too; `true` logs to the console. */
  readonly logger?: boolean | Logger;
  /** The database's names of columns that have no explicit name. */
  readonly casing?: Casing;
}

/** The configuration of Drizzle. */
export interface DrizzleOptions {
  readonly schema: typeof librarySchema;
  readonly logger?: Logger;
  readonly casing?: Casing;
}

/** Adds the library's tables to the application's. @throws InvalidInput where two have the same name */
export function drizzleOptions({ schema = {}, logger, casing }: OrmOptions<AppSchema>): DrizzleOptions {
  for (const [name, value] of Object.entries(librarySchema)) {
    const given: unknown = schema[name];
    if (given === undefined || given === value || !(is(value, Table) || is(value, Relations))) continue;
    const expected = `must have another name: ${name} is the library's`;
    throw new InvalidInput([{ field: `schema.${name}`, rule: 'duplicate', expected, received: typeof given }]);
  }
  const chosen = logger === true ? new DefaultLogger() : logger;
  return {
    schema: { ...schema, ...librarySchema },
    ...(chosen === undefined || chosen === false ? {} : { logger: chosen }),
    ...(casing === undefined ? {} : { casing }),
  };
}
