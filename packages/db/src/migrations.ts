import { fileURLToPath } from 'node:url';

/** Absolute path of the migrations: the SQL files and drizzle-kit's `meta/`. */
export const migrationsFolder = fileURLToPath(new URL('../migrations', import.meta.url));

/** Absolute path of the SQL objects' current texts, one file for each object. */
export const functionsFolder = fileURLToPath(new URL('./functions', import.meta.url));
