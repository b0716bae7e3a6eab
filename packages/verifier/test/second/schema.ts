import { sql } from 'drizzle-orm';
import {
  type AnyPgColumn,
  boolean,
  check,
  index,
  integer,
  json,
  pgEnum,
  pgTable,
  serial,
  text,
  timestamp,
  uuid,
} from 'drizzle-orm/pg-core';

/** A schema with `casing`, keys and indexes that Drizzle names, and a cycle of foreign keys. */
export const orderState = pgEnum('OrderState', ['Open', 'paid', 'Void']);

export const customers = pgTable(
  'customers',
  {
    id: uuid().primaryKey().defaultRandom(),
    emailAddress: text().notNull().unique(),
    settings: json().notNull().default({ newsletter: false, tags: [] }),
    favouriteOrderId: integer().references((): AnyPgColumn => orders.id),
    registeredAt: timestamp({ precision: 3, withTimezone: true }).notNull().defaultNow(),
  },
  (table) => [index().on(table.registeredAt), check('customers_email_check', sql`${table.emailAddress} LIKE '%@%'`)],
);

export const orders = pgTable('orders', {
  id: serial().primaryKey(),
  customerId: uuid()
    .notNull()
    .references(() => customers.id, { onDelete: 'cascade' }),
  state: orderState().notNull().default('Open'),
  aColumnWithANameThatIsLongerThanTheSixtyThreeBytesThatPostgresKeepsOfIt: integer(),
});

/** Every column has a default. */
export const counters = pgTable('counters', {
  id: serial().primaryKey(),
  isActive: boolean().notNull().default(true),
  value: integer().notNull().default(0),
});
