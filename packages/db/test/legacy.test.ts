import { readCatalog } from '@app/catalog';
import { MigratorError, migrate, status } from '@app/migrator';
import { describe, expect, test } from 'vitest';
import { migrationsFolder } from '../src/migrations.ts';
import { bootstraps, useDatabase } from './support/database.ts';
import { fingerprint, hasRealLibrary, loadLegacy, realCustomers, realLibrary, smallLibrary } from './support/legacy.ts';

const PREVIEW_KEY = '20250101000010_add_preview_key_to_library';

const failure = (work: Promise<unknown>): Promise<MigratorError> =>
  work.then(
    () => Promise.reject(new Error('the migration went through')),
    (error: unknown) => (error instanceof MigratorError ? error : Promise.reject(error)),
  );

describe.each(bootstraps)('a legacy library on %s', (bootstrap) => {
  describe('a small one', () => {
    const db = useDatabase(bootstrap, { migrated: false });

    test('is migrated without a change to any row, and a second run does nothing', async () => {
      await loadLegacy(db.superuser, db.sql, smallLibrary);
      const before = await fingerprint(db.sql);

      const first = await migrate({ folder: migrationsFolder, url: db.database.url });
      const built = await readCatalog(db.sql);
      const second = await migrate({ folder: migrationsFolder, url: db.database.url });

      expect(first.applied.length).toBeGreaterThan(3);
      expect(second.applied).toEqual([]);
      expect(await fingerprint(db.sql)).toEqual(before);
      expect(await readCatalog(db.sql)).toEqual(built);
    });
  });

  describe('the real one', () => {
    const db = useDatabase(bootstrap, { migrated: false });

    test.skipIf(!hasRealLibrary)(
      'of 3,503 tracks and 59 customers keeps every row (skipped where ../shared is absent)',
      async () => {
        await loadLegacy(db.superuser, db.sql, realLibrary(), realCustomers());
        const before = await fingerprint(db.sql);

        await migrate({ folder: migrationsFolder, url: db.database.url });

        expect(before).toMatchObject({ tracks: '3503', profiles: '59' });
        expect(await fingerprint(db.sql)).toEqual(before);
      },
    );
  });

  describe('with tracks that have no usable key', () => {
    const db = useDatabase(bootstrap, { migrated: false });

    test('stops before the file changes anything, says which and what to do, and goes on after the repair', async () => {
      const broken = [null, '', 'e\u0301.mp3', 'k'.repeat(1025)].map((file_key) => ({ ...smallLibrary[0], file_key }));
      await loadLegacy(db.superuser, db.sql, [...smallLibrary, ...(broken as typeof smallLibrary)]);
      const ids = await db.sql<{ id: string }[]>`
        SELECT id FROM library_tracks WHERE file_key IS NULL OR file_key NOT LIKE 'library/%' ORDER BY id`;
      const before = await fingerprint(db.sql);

      const error = await failure(migrate({ folder: migrationsFolder, url: db.database.url }));

      expect(error).toMatchObject({ code: 'STATEMENT_FAILED', details: { file: PREVIEW_KEY, sqlstate: '23502' } });
      expect(error.message).toContain('4 library_tracks have no usable file_key');
      for (const { id } of ids) expect(error.message).toContain(id);
      expect(error.details.hint).toContain('then migrate again');
      expect(await fingerprint(db.sql)).toEqual(before);
      const { pending } = await status({ folder: migrationsFolder, url: db.database.url });
      expect(pending[0]?.tag).toBe(PREVIEW_KEY);
      const columns = await db.sql`SELECT FROM information_schema.columns WHERE column_name = 'preview_key'`;
      expect(columns).toHaveLength(0);
      expect(
        await db.sql`SELECT FROM pg_constraint WHERE conrelid = 'library_tracks'::regclass AND contype = 'c'`,
      ).toHaveLength(0);

      await db.sql`UPDATE library_tracks SET file_key = 'repaired/' || id WHERE id IN ${db.sql(ids.map(({ id }) => id))}`;
      await migrate({ folder: migrationsFolder, url: db.database.url });

      expect((await status({ folder: migrationsFolder, url: db.database.url })).pending).toEqual([]);
      expect(await db.sql`SELECT count(*) FROM library_tracks`).toEqual([{ count: '44' }]);
    });
  });

  describe('that lacks', () => {
    const db = useDatabase(bootstrap, { migrated: false });

    test('optional columns gains them; without a column that is needed, nothing is touched', async () => {
      await db.sql.unsafe(
        'CREATE TABLE public.library_tracks (id uuid PRIMARY KEY, title varchar(80) NOT NULL, is_pro_only boolean)',
      );

      const error = await failure(migrate({ folder: migrationsFolder, url: db.database.url }));
      expect(error.message).toContain('the existing table library_tracks has no column file_key');
      expect(await db.sql`SELECT to_regclass('public.user_profiles') AS profiles`).toEqual([{ profiles: null }]);

      await db.sql.unsafe('ALTER TABLE library_tracks ADD COLUMN file_key integer');
      expect((await failure(migrate({ folder: migrationsFolder, url: db.database.url }))).message).toContain(
        'library_tracks.file_key is of type integer, not text',
      );

      await db.sql.unsafe('ALTER TABLE library_tracks ALTER COLUMN file_key TYPE text');
      await db.sql`INSERT INTO library_tracks (id, title, file_key) VALUES (gen_random_uuid(), 'Kept', 'kept.mp3')`;
      await migrate({ folder: migrationsFolder, url: db.database.url });
      expect(await db.sql`SELECT title, genre, is_pro_only, preview_key FROM library_tracks`).toEqual([
        { title: 'Kept', genre: null, is_pro_only: null, preview_key: null },
      ]);
    });
  });
});
