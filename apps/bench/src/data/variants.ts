import { fileURLToPath } from 'node:url';
import type { Sql } from 'postgres';
import { bare, withoutTriggers } from './bulk.ts';

export type Variant = 'bare' | 'prd' | 'advisory';

/** Adds the other designs' schemas to a migrated database: each its table `uploads`, empty, and its functions. */
export async function addVariants(sql: Sql): Promise<void> {
  await sql.file(fileURLToPath(new URL('./variants.sql', import.meta.url)));
}

/** Gives a variant the rows that `public.uploads` has. */
export async function copyUploads(sql: Sql, variant: Variant): Promise<void> {
  await withoutTriggers(sql, async (tx) => {
    await bare(tx, `${variant}.uploads`, async () => {
      await tx`INSERT INTO ${tx(`${variant}.uploads`)} SELECT * FROM public.uploads`;
    });
  });
}
