import { fileURLToPath } from 'node:url';
import type { Sql } from 'postgres';
import { bare, withoutTriggers } from './bulk.ts';

export type Variant = 'bare' | 'prd' | 'advisory';

/** Adds the schemas of the other designs to a migrated database. Each has an empty table `uploads` and its functions. */
export async function addVariants(sql: Sql): Promise<void> {
  await sql.file(fileURLToPath(new URL('./variants.sql', import.meta.url)));
}

/** Copies the rows of `public.uploads` to a variant. */
export async function copyUploads(sql: Sql, variant: Variant): Promise<void> {
  await withoutTriggers(sql, async (tx) => {
    await bare(tx, `${variant}.uploads`, async () => {
      await tx`INSERT INTO ${tx(`${variant}.uploads`)} SELECT * FROM public.uploads`;
    });
  });
}
