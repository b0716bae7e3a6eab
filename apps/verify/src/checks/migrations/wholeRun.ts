import { createHash } from 'node:crypto';
import type { Check } from '../../check.ts';
import { journalOf } from '../../sql/migration.ts';
import { catalogAfter, noDifference } from '../migrated.ts';
import { undisturbedRun } from './undisturbed.ts';

export function fromEmpty(): Check {
  return {
    name: 'an empty database ends in the same schema as the legacy one',
    fix: 'the baseline must create what the application had, to the letter',
    prove: async (scene) => {
      await using empty = await scene.beside('empty');
      const [adopted, created] = [await undisturbedRun(scene), await catalogAfter(empty)];
      return [noDifference('object by object', adopted.catalog, created)];
    },
  };
}

export function secondRun(): Check {
  return {
    name: 'a second run changes nothing',
    fix: 'the runner applied a file twice, or a file is not recorded in drizzle.__drizzle_migrations',
    prove: async (scene) => {
      const { again, ...first } = await undisturbedRun(scene);
      return [
        { what: 'the run', expected: 'done', actual: again.outcome },
        { what: 'files applied', expected: '', actual: again.applied.join(', ') },
        noDifference('catalog', first.catalog, again.catalog),
        { what: 'ledger', expected: first.ledger.join('\n'), actual: again.ledger.join('\n') },
        { what: 'rows', expected: first.rows.join('\n'), actual: again.rows.join('\n') },
      ];
    },
  };
}

export function ledgerAgrees(): Check {
  return {
    name: 'the ledger lists each file once, with its hash',
    fix: 'an applied file was edited, or is missing: restore it from version control and write a new migration',
    prove: async (scene) => {
      const { ledger } = await undisturbedRun(scene);
      const files = await journalOf(scene.migrationsFolder);
      const lines = files.map(({ when, text }) => `${when} ${createHash('sha256').update(text).digest('hex')}`);
      return [{ what: 'when and sha256', expected: lines.join('\n'), actual: ledger.join('\n') }];
    },
  };
}
