import { DefaultLogger, is, type Logger, Relations, Table } from 'drizzle-orm';
import { InvalidInput } from '../errors.ts';
import * as librarySchema from '../schema/index.ts';
import type { Casing } from './statement.ts';
import type { AppSchema } from './types.ts';

/** What an application says about Drizzle. */
export interface OrmOptions<Tables extends AppSchema> {
  /** The application's own tables and relations, for `db.query`, by names that the library does not use. */
  readonly schema?: Tables;
  /** Told of each statement and its values, the service's too; `true` for the console. */
  readonly logger?: boolean | Logger;
  /** How the application's columns without a name of their own are called in the database. */
  readonly casing?: Casing;
}

/** What Drizzle is made with. */
export interface DrizzleOptions {
  readonly schema: typeof librarySchema;
  readonly logger?: Logger;
  readonly casing?: Casing;
}

/** Puts the application's tables beside ours. @throws InvalidInput where one takes the name of one of ours */
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
