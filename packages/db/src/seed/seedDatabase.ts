import { sql } from 'drizzle-orm';
import type { Database } from '../client.ts';
import { libraryTracks, uploads, userProfiles } from '../schema/index.ts';
import { seedTracks, seedUploads, seedUsers } from './data.ts';
import { isLocal } from './isLocal.ts';

/** The seed was refused; nothing was written. */
export class SeedRefused extends Error {
  override readonly name = 'SeedRefused';
  readonly code: 'NOT_EMPTY' | 'NOT_LOCAL';

  constructor(code: 'NOT_EMPTY' | 'NOT_LOCAL', message: string) {
    super(message);
    this.code = code;
  }
}

/** The numbers of written rows. */
export interface Seeded {
  readonly users: number;
  readonly tracks: number;
  readonly uploads: number;
}

export interface SeedOptions {
  /** Accepts a database that is not empty or not on this machine. Its rows are kept. */
  readonly force?: boolean;
}

/**
 * Fills a development database, in one transaction. It is idempotent.
 *
 * @param url the URL of `database`
 * @throws SeedRefused; PermissionDenied where the role may not add users; other DatabaseErrors
 */
export async function seedDatabase(database: Database, url: string, options: SeedOptions = {}): Promise<Seeded> {
  if (options.force !== true && !isLocal(url)) {
    throw new SeedRefused('NOT_LOCAL', 'The database is not on this machine. To fill it all the same: --force.');
  }
  return database.transaction(async (tx) => {
    const [found] = await tx.execute<{ empty: boolean }>(sql`
      SELECT NOT EXISTS (SELECT FROM ${uploads}) AND NOT EXISTS (SELECT FROM ${libraryTracks})
             AND NOT EXISTS (SELECT FROM ${userProfiles}) AS empty`);
    if (options.force !== true && found?.empty !== true) {
      throw new SeedRefused('NOT_EMPTY', 'The database is not empty. To add what it lacks of the seed: --force.');
    }
    const tracks = await tx
      .insert(libraryTracks)
      .values([...seedTracks])
      .onConflictDoNothing()
      .returning();

    const accounts = sql.join(
      seedUsers.map(({ id, email }) => sql`(${id}::uuid, ${email}, 'authenticated', 'authenticated')`),
      sql`, `,
    );
    const users = await tx.execute(sql`
      INSERT INTO auth.users (id, email, aud, role) VALUES ${accounts} ON CONFLICT DO NOTHING RETURNING id`);
    const profiles = seedUsers.flatMap(({ id: userId, tier }) => (tier === undefined ? [] : [{ userId, tier }]));
    await tx.insert(userProfiles).values(profiles).onConflictDoNothing();
    const added = await tx
      .insert(uploads)
      .values([...seedUploads])
      .onConflictDoNothing()
      .returning();
    return { users: users.length, tracks: tracks.length, uploads: added.length };
  });
}
