import { connect } from '../context/connect.ts';
import { migratedDatabase, type ScratchDatabase } from '../context/databases.ts';
import { count, fillHeavyUser, fillUploads, fillUsers } from './fill.ts';
import { userId } from './ids.ts';
import { addVariants, copyUploads, type Variant } from './variants.ts';

/** The user with `heavy` uploads of today. */
export const HEAVY_USER = userId(0);

export interface Contents {
  readonly rows: number;
  readonly users: number;
  readonly heavy: number;
  /** The other designs, which get the same uploads. */
  readonly variants: readonly Variant[];
}

/** A migrated database with uploads, and the same uploads in the other designs' tables. */
export async function uploadsDatabase(from: ScratchDatabase, contents: Contents): Promise<ScratchDatabase> {
  const { rows, users, heavy, variants } = contents;
  const database = await migratedDatabase(from);
  await using pool = connect(database.url, { max: 1 });
  const { sql } = pool;
  await fillUsers(sql, users);
  await fillUploads(sql, { rows, users });
  await fillHeavyUser(sql, HEAVY_USER, heavy);
  await count(sql);
  await addVariants(sql);
  for (const variant of variants) await copyUploads(sql, variant);
  await sql`VACUUM ANALYZE`;
  return database;
}
