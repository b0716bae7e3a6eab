import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { readCatalog } from '@app/catalog';
import type { Check, Subject } from '../check.ts';
import type { VerifyConfig } from '../config.ts';
import { ledger, runMigrations } from '../sql/migration.ts';
import { CATALOG_OPTIONS, catalogAfter, contentOf, noDifference } from './migrated.ts';

type Tables = Readonly<Record<string, readonly string[]>>;

/** What the migrations do to a live database, run for real. */
export function migrationsSubject({ prior }: VerifyConfig): Subject {
  const tables = prior?.tables ?? {};
  return {
    name: 'migrations',
    startsFrom: 'legacy',
    database: 'each',
    checks: [...(prior === undefined ? [] : [legacyRows(tables), fromEmpty()]), secondRun(tables), ledgerAgrees()],
  };
}

function legacyRows(tables: Tables): Check {
  return {
    name: 'the rows that were there are the same afterwards',
    fix: 'a migration changed or lost legacy rows: never update or delete them in one',
    prove: async (scene) => {
      const before = await contentOf(scene, tables);
      const { outcome } = await runMigrations(scene);
      const after = await contentOf(scene, tables);
      const contents = before.map(([table, rows], index) => ({
        what: table,
        expected: rows,
        actual: after[index]?.[1] ?? 'not there',
      }));
      return [{ what: 'the run', expected: 'done', actual: outcome }, ...contents];
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

function secondRun(tables: Tables): Check {
  return {
    name: 'a second run changes nothing',
    fix: 'the runner applied a file twice, or a file is not recorded in drizzle.__drizzle_migrations',
    prove: async (scene) => {
      const catalog = await catalogAfter(scene);
      const [rows, recorded] = [await contentOf(scene, tables), await ledger(scene)];
      const second = await runMigrations(scene);
      return [
        { what: 'the run', expected: 'done', actual: second.outcome },
        { what: 'files applied', expected: '', actual: second.applied.join(', ') },
        noDifference('catalog', catalog, await readCatalog(scene.sql, CATALOG_OPTIONS)),
        { what: 'ledger', expected: recorded.join('\n'), actual: (await ledger(scene)).join('\n') },
        { what: 'legacy rows', expected: JSON.stringify(rows), actual: JSON.stringify(await contentOf(scene, tables)) },
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
