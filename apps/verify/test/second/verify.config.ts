import { fileURLToPath } from 'node:url';
import { defineConfig } from '../../src/config.ts';
import { countsChanges } from './proofs.ts';
import * as drizzle from './schema.ts';

/** A project that shares nothing with the library: what the engine makes of it is nearly all derived. */
export default defineConfig({
  migrations: fileURLToPath(new URL('./migrations', import.meta.url)),
  schemas: ['public', 'back office'],
  drizzle,
  volume: {
    queries: {
      products_tags_idx: `SELECT * FROM products WHERE tags @> ARRAY['proof 42']`,
    },
  },
  proofs: [countsChanges],
  survivors: {
    'function public.count_changes() | security swapped: to DEFINER':
      'it changes the row that it is given, and asks for nothing that rights are for',
    'function public.count_changes() | setting dropped: search_path=""': 'it names nothing that a path would find',
    'function public.count_changes() | volatility changed: to stable': 'it reads no table: a snapshot shows it nothing',
    'function public.count_changes() | volatility changed: to immutable':
      'the executor calls it for each row: it is never planned',
    'trigger orders_count_changes on public.orders | event added: DELETE': 'what it counts goes with the row',
    'column public.products.reduced | NOT NULL toggled: SET': 'what it is made of is never null',
  },
  waivers: {
    'comment on table public.stays': 'a comment changes no statement',
  },
});
