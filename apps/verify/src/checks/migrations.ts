import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type Catalog, diffCatalogs, readCatalog } from '@app/catalog';
import { type Check, type Observation, ProofFailed, type Scene, type Subject } from '../check.ts';
import { LEGACY_TABLES } from '../data/legacy.ts';
import { content } from '../sql/content.ts';
import { ledger, runMigrations } from '../sql/migration.ts';

/** The last file that applies while tracks lack their file_key, and the one that must not. */
const LAST_BEFORE = '20250101000009_create_uploads_table';
const STOPS_AT = '20250101000010_add_preview_key_to_library';

// The runner's own tables are its business.
const CATALOG_OPTIONS = { excludeSchemas: ['drizzle'] };

/** What the migrations do to the application's live database, run for real. */
export const migrations: Subject = {
  name: 'migrations',
  startsFrom: 'legacy',
  database: 'each',
  checks: [legacyRows(), fromEmpty(), secondRun(), ledgerAgrees(), nullFileKeys()],
};

function legacyRows(): Check {
  return {
    name: 'the rows that were there are the same afterwards',
    fix: 'a migration changed or lost legacy rows: never update or delete them in one',
    prove: async (scene) => {
      const before = await legacyContent(scene);
      const { outcome } = await runMigrations(scene);
      const after = await legacyContent(scene);
      const tables = before.map(([table, rows], index) => ({
        what: table,
        expected: rows,
        actual: after[index]?.[1] ?? 'not there',
      }));
      return [{ what: 'the run', expected: 'done', actual: outcome }, ...tables];
    },
  };
}

function fromEmpty(): Check {
  return {
    name: 'an empty database ends in the same schema as the legacy one',
    fix: 'the baseline must create what the application had, to the letter',
    prove: async (scene) => {
      const adopted = await catalogAfter(scene);
      await using empty = await scene.beside('empty');
      const created = await catalogAfter(empty);
      return [noDifference('object by object', adopted, created)];
    },
  };
}

function secondRun(): Check {
  return {
    name: 'a second run changes nothing',
    fix: 'the runner applied a file twice, or a file is not recorded in drizzle.__drizzle_migrations',
    prove: async (scene) => {
      const catalog = await catalogAfter(scene);
      const [rows, recorded] = [await legacyContent(scene), await ledger(scene)];
      const second = await runMigrations(scene);
      return [
        { what: 'the run', expected: 'done', actual: second.outcome },
        { what: 'files applied', expected: '', actual: second.applied.join(', ') },
        noDifference('catalog', catalog, await readCatalog(scene.sql, CATALOG_OPTIONS)),
        { what: 'ledger', expected: recorded.join('\n'), actual: (await ledger(scene)).join('\n') },
        { what: 'legacy rows', expected: JSON.stringify(rows), actual: JSON.stringify(await legacyContent(scene)) },
      ];
    },
  };
}

function ledgerAgrees(): Check {
  return {
    name: 'the ledger lists each file once, with its hash',
    fix: 'an applied file was edited, or is missing: restore it from version control and write a new migration',
    prove: async (scene) => {
      const { outcome } = await runMigrations(scene);
      const [expected, actual] = [await folderLines(scene.migrationsFolder), await ledger(scene)];
      return [
        { what: 'the run', expected: 'done', actual: outcome },
        { what: 'when and sha256', expected: expected.join('\n'), actual: actual.join('\n') },
      ];
    },
  };
}

function nullFileKeys(): Check {
  return {
    name: 'tracks without a file_key stop the run before it changes anything, and their repair lets it go on',
    fix: `restore the guard at the head of ${STOPS_AT}.sql`,
    prove: async (scene) => {
      const ids = await scene.sql<{ id: string }[]>`
        UPDATE library_tracks SET file_key = NULL WHERE id IN (SELECT id FROM library_tracks ORDER BY id LIMIT 3) RETURNING id`;
      const before = await legacyContent(scene);
      const { outcome } = await runMigrations(scene);
      const [firstId] = ids.map(({ id }) => id).sort();
      const stopped = [
        ...mentions(outcome, [
          '23502',
          '3 library_tracks',
          firstId ?? 'no track',
          'Nothing was changed',
          'migrate again',
        ]),
        ...(await untouched(scene, before)),
      ];
      await scene.sql`UPDATE library_tracks SET file_key = 'repaired/' || id WHERE file_key IS NULL`;
      const repaired = await runMigrations(scene);
      return [
        ...stopped,
        { what: 'the run after the repair', expected: 'done', actual: repaired.outcome },
        { what: 'its first file', expected: STOPS_AT, actual: repaired.applied[0] ?? 'none' },
      ];
    },
  };
}

function mentions(text: string, words: readonly string[]): Observation[] {
  return words.map((word) => ({
    what: 'the error mentions',
    expected: word,
    actual: text.includes(word) ? word : text,
  }));
}

/** Nothing but the files before the one that stopped. */
async function untouched(scene: Scene, before: readonly Content[]): Promise<Observation[]> {
  const stopped = await readCatalog(scene.sql, CATALOG_OPTIONS);
  await using other = await scene.beside('legacy');
  const upToThere = await catalogAfter(other, LAST_BEFORE);
  const after = await legacyContent(scene);
  return [
    noDifference('catalog after the stop', upToThere, stopped),
    { what: 'rows after the stop', expected: JSON.stringify(before), actual: JSON.stringify(after) },
  ];
}

async function catalogAfter(scene: Scene, to?: string): Promise<Catalog> {
  const { outcome } = await runMigrations(scene, to);
  if (outcome !== 'done') throw new ProofFailed({ what: 'the run', expected: 'done', actual: outcome });
  return await readCatalog(scene.sql, CATALOG_OPTIONS);
}

function noDifference(what: string, expected: Catalog, actual: Catalog): Observation {
  const differences = diffCatalogs(expected, actual);
  const lines = differences.map(({ change, kind, identity }) => `${change} ${kind} ${identity}`);
  return { what, expected: 'no difference', actual: lines.join('; ') || 'no difference' };
}

type Content = readonly [table: string, content: string];

async function legacyContent({ superuser }: Scene): Promise<Content[]> {
  const contents: Content[] = [];
  for (const [table, columns] of Object.entries(LEGACY_TABLES))
    contents.push([table, await content(superuser, table, columns)]);
  return contents;
}

/** What the ledger must say, read from the folder without the runner's help. */
async function folderLines(folder: string): Promise<string[]> {
  const journal: { entries: { when: number; tag: string }[] } = JSON.parse(
    await readFile(join(folder, 'meta/_journal.json'), 'utf8'),
  );
  return await Promise.all(
    journal.entries.map(async ({ when, tag }) => {
      const text = await readFile(join(folder, `${tag}.sql`), 'utf8');
      return `${when} ${createHash('sha256').update(text).digest('hex')}`;
    }),
  );
}
