import { migrate } from '@app/migrator';
import { drizzle } from 'drizzle-orm/postgres-js';
import { migrate as drizzleMigrate } from 'drizzle-orm/postgres-js/migrator';
import postgres from 'postgres';

/** The two migrators of a Drizzle folder with a function API. Each opens a connection, migrates, and closes it. */
export const libraries = {
  ours: async (url: string, folder: string) => {
    await migrate({ url, folder });
  },
  // The driver's defaults, as a user of drizzle has them: it reads the array types of the server first.
  drizzle: async (url: string, folder: string) => {
    const sql = postgres(url, { max: 1, onnotice: () => undefined });
    try {
      await drizzleMigrate(drizzle(sql), { migrationsFolder: folder });
    } finally {
      await sql.end({ timeout: 5 });
    }
  },
} as const satisfies Record<string, (url: string, folder: string) => Promise<void>>;
