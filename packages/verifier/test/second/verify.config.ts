import { defineConfig, defineTable } from '../../src/index.ts';

const customer = (n: number) => `'00000000-0000-4000-8000-${String(n).padStart(12, '0')}'`;

const orders = defineTable({
  table: 'public.orders',
  row: (n) => ({ id: String(1_000 + n), customer_id: customer(n) }),
  parents: (n) => [
    `INSERT INTO customers (id, email_address) VALUES (${customer(n)}, '${n}@example.org') ON CONFLICT DO NOTHING`,
  ],
});

const customers = defineTable({
  table: 'public.customers',
  row: (n) => ({ id: customer(n), email_address: `'${n}@example.org'` }),
  constraints: {
    customers_email_check: { refused: [{ email_address: `'nobody'` }], admitted: [{ email_address: `'a@b'` }] },
  },
  indexes: {
    customers_registered_at_index: 'SELECT * FROM customers ORDER BY registered_at LIMIT 10',
  },
});

const counters = defineTable({ table: 'public.counters', row: (n) => ({ id: String(1_000 + n) }) });

/** A shop: a project with a role, a ledger and cases of its own. */
export default defineConfig({
  migrations: './migrations',
  schemas: ['public'],
  drizzle: './drizzle.config.ts',
  platform: 'CREATE ROLE shop_reader',
  ledger: { schema: 'shop_history', table: 'applied' },
  tables: [customers, orders, counters],
});
