import { migrate } from '@app/migrator';
import { drizzle } from 'drizzle-orm/postgres-js';
import { migrate as drizzleMigrate } from 'drizzle-orm/postgres-js/migrator';
import { connect } from '../context/connect.ts';

/** The two migrators of a Drizzle folder with a function API. Each opens a connection, migrates, and closes it. */
export const libraries = {
  ours: async (url: string, folder: string) => {
    await migrate({ url, folder });
  },
  drizzle: async (url: string, folder: string) => {
    await using pool = connect(url, { max: 1 });
    await drizzleMigrate(drizzle(pool.sql), { migrationsFolder: folder });
  },
} as const satisfies Record<string, (url: string, folder: string) => Promise<void>>;
