import type { Subject } from '../../src/check.ts';
import { answer, rolledBack } from '../../src/sql/attempt.ts';

/** What only this project knows. */
export const countsChanges: Subject = {
  name: 'changes',
  startsFrom: 'migrated',
  database: 'shared',
  checks: [
    {
      name: 'each change to an order is counted',
      fix: 'restore count_changes and its trigger by a migration',
      proves: [
        'function public.count_changes()',
        ...['orders', 'orders_2024', 'orders_later'].map((table) => `trigger orders_count_changes on public.${table}`),
      ],
      prove: ({ sql }) =>
        rolledBack(sql, async (transaction) => {
          await transaction.unsafe(`INSERT INTO branches (code, email) VALUES ('AAA', 'a@example.org');
            INSERT INTO products (branch_id, sku, name, price) SELECT id, 'sku', 'Name', 1 FROM branches;
            INSERT INTO orders (placed_on, branch_id, sku, opens_at) SELECT day, id, 'sku', now() FROM branches, unnest('{2024-02-29,2030-01-01}'::date[]) AS day;
            UPDATE orders SET state = 'placed'; UPDATE orders SET state = 'shipped'`);
          const changes = await answer(transaction, `SELECT string_agg(changes::text, ', ') FROM orders`);
          return [{ what: 'changes of two orders, in two partitions', expected: '2, 2', actual: changes }];
        }),
    },
  ],
};
