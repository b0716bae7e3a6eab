import { sql } from 'drizzle-orm';
import {
  bigint,
  boolean,
  check,
  customType,
  date,
  foreignKey,
  index,
  integer,
  jsonb,
  numeric,
  pgEnum,
  pgSchema,
  pgSequence,
  pgTable,
  pgView,
  primaryKey,
  text,
  timestamp,
  unique,
  uniqueIndex,
  uuid,
  varchar,
} from 'drizzle-orm/pg-core';

/** A shop with branches, unrelated to the library: what another project's schema may hold. */
export const orderState = pgEnum('order_state', ['draft', 'placed', 'shipped', "won't ship"]);

export const invoiceNumbers = pgSequence('invoice_numbers', {
  startWith: 1000,
  increment: 5,
  maxValue: 99_995,
  cycle: true,
});

export const back = pgSchema('back office');

export const branches = pgTable(
  'branches',
  {
    id: integer('id').generatedAlwaysAsIdentity().primaryKey(),
    code: varchar('code', { length: 8 }).notNull(),
    email: text('email').notNull(),
    parentId: integer('parent_id'),
    closedAt: timestamp('closed_at', { withTimezone: true }),
  },
  (table) => [
    unique('branches_code_key').on(table.code).nullsNotDistinct(),
    uniqueIndex('branches_email_key').on(sql`lower(${table.email})`).where(sql`${table.closedAt} IS NULL`),
    foreignKey({ name: 'branches_parent_id_fkey', columns: [table.parentId], foreignColumns: [table.id] })
      .onDelete('set null')
      .onUpdate('cascade'),
    index('branches_parent_id_idx').on(table.parentId),
    check('branches_code_check', sql`code ~ '^[A-Z]{2,6}$'`),
    check('branches_email_check', sql`position('@' in email) > 1`),
  ],
);

export const products = pgTable(
  'products',
  {
    branchId: integer('branch_id').notNull(),
    sku: text('sku').notNull(),
    name: text('name').notNull(),
    price: numeric('price', { precision: 10, scale: 2 }).notNull(),
    rebate: integer('rebate').default(0).notNull(),
    reduced: numeric('reduced', { precision: 12, scale: 2 }).generatedAlwaysAs(sql`price * (100 - rebate) / 100`),
    tags: text('tags').array().default([]).notNull(),
    details: jsonb('details').default({}).notNull(),
  },
  (table) => [
    primaryKey({ name: 'products_pkey', columns: [table.branchId, table.sku] }),
    foreignKey({ name: 'products_branch_id_fkey', columns: [table.branchId], foreignColumns: [branches.id] })
      .onDelete('restrict')
      .onUpdate('restrict'),
    check('products_price_check', sql`price > 0 AND price <= 99999.99`),
    check('products_rebate_check', sql`rebate BETWEEN 0 AND 90`),
    index('products_name_idx').on(sql`lower(${table.name})`, table.branchId.desc()),
    index('products_tags_idx').using('gin', table.tags),
  ],
);

export const orders = pgTable(
  'orders',
  {
    id: uuid('id').defaultRandom().notNull(),
    placedOn: date('placed_on').notNull(),
    branchId: integer('branch_id').notNull(),
    sku: text('sku').notNull(),
    state: orderState('state').default('draft').notNull(),
    invoice: bigint('invoice', { mode: 'number' }).default(sql`nextval('invoice_numbers')`).notNull(),
    opensAt: timestamp('opens_at', { withTimezone: true }).notNull(),
    closesAt: timestamp('closes_at', { withTimezone: true }),
    changes: integer('changes').default(0).notNull(),
  },
  (table) => [
    primaryKey({ name: 'orders_pkey', columns: [table.placedOn, table.id] }),
    foreignKey({
      name: 'orders_product_fkey',
      columns: [table.branchId, table.sku],
      foreignColumns: [products.branchId, products.sku],
    })
      .onDelete('cascade')
      .onUpdate('cascade'),
    check('orders_closes_at_check', sql`closes_at > opens_at`),
    index('orders_open_idx').on(table.opensAt).where(sql`${table.state} <> 'shipped'`),
    index('orders_product_idx').on(table.branchId, table.sku),
  ],
);

/** Types that the first migration makes by hand. */
const stars = customType<{ data: number }>({ dataType: () => 'stars' });
const period = customType<{ data: string }>({ dataType: () => 'tstzrange' });

export const stays = pgTable(
  'stays',
  {
    id: integer('id').generatedByDefaultAsIdentity().primaryKey(),
    branchId: integer('branch_id').default(1),
    during: period('during').notNull(),
    rating: stars('rating'),
  },
  (table) => [
    foreignKey({ name: 'stays_branch_id_fkey', columns: [table.branchId], foreignColumns: [branches.id] })
      .onDelete('set default')
      .onUpdate('no action'),
    index('stays_branch_id_idx').on(table.branchId),
  ],
);

export const audits = back.table(
  'Audit log',
  {
    id: bigint('id', { mode: 'number' }).generatedByDefaultAsIdentity().primaryKey(),
    about: uuid('about'),
    note: text('the note\n– ünïcode').notNull(),
    urgent: boolean('is urgent').default(false).notNull(),
  },
  (table) => [
    check(`audit's note`, sql`length("the note\n– ünïcode") < 100`),
    index('Audit – urgent\nfirst').on(table.urgent.desc(), table.id),
  ],
);

export const openBranches = pgView('open_branches', { id: integer('id'), code: varchar('code', { length: 8 }) })
  .with({ securityInvoker: true })
  .as(sql`SELECT id, code FROM branches WHERE closed_at IS NULL`);
