import { createHash } from 'node:crypto';
import { readCatalog } from '@app/catalog';
import type { Check } from '../../check.ts';
import { journalOf, ledger, runMigrations } from '../../sql/migration.ts';
import { contents, heldTables } from '../../sql/rows.ts';
import { CATALOG_OPTIONS, catalogAfter, noDifference } from '../migrated.ts';

export function fromEmpty(): Check {
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

export function secondRun(): Check {
  return {
    name: 'a second run changes nothing',
    fix: 'the runner applied a file twice, or a file is not recorded in drizzle.__drizzle_migrations',
    prove: async (scene) => {
      const catalog = await catalogAfter(scene);
      const tables = await heldTables(scene.superuser);
      const [rows, recorded] = [await contents(scene.superuser, tables), await ledger(scene)];
      const second = await runMigrations(scene);
      const left = await contents(scene.superuser, tables);
      return [
        { what: 'the run', expected: 'done', actual: second.outcome },
        { what: 'files applied', expected: '', actual: second.applied.join(', ') },
        noDifference('catalog', catalog, await readCatalog(scene.sql, CATALOG_OPTIONS)),
        { what: 'ledger', expected: recorded.join('\n'), actual: (await ledger(scene)).join('\n') },
        { what: 'rows', expected: rows.join('\n'), actual: left.join('\n') },
      ];
    },
  };
}

export function ledgerAgrees(): Check {
  return {
    name: 'the ledger lists each file once, with its hash',
    fix: 'an applied file was edited, or is missing: restore it from version control and write a new migration',
    prove: async (scene) => {
      const { outcome } = await runMigrations(scene);
      const files = await journalOf(scene.migrationsFolder);
      const lines = files.map(({ when, text }) => `${when} ${createHash('sha256').update(text).digest('hex')}`);
      return [
        { what: 'the run', expected: 'done', actual: outcome },
        { what: 'when and sha256', expected: lines.join('\n'), actual: (await ledger(scene)).join('\n') },
      ];
    },
  };
}
