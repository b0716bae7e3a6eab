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
  waivers: {
    'comment on table public.stays': 'a comment changes no statement',
  },
});
