import { createHash } from 'node:crypto';
import type { Check, Observation } from '../check.ts';
import type { PriorState } from '../config.ts';
import {
  migrateAndCompareRows,
  migrateOrFail,
  noDifference,
  readWholeCatalog,
  referenceRun,
  sameEndState,
} from './endState.ts';
import { filesToCheck, readJournal, runMigrations } from './migrationRun.ts';

/** Every table that existed before keeps its rows, column by column. Default: the rows of the prior state. */
export function sameRows(generated?: {
  readonly rows: number;
  readonly resize: NonNullable<PriorState['resize']>;
}): Check {
  const size = generated === undefined ? '' : `, at ${generated.rows.toLocaleString('en')} rows`;
  return {
    name: `the migrations keep the existing rows${size}`,
    fix: 'a migration changed or deleted existing rows: it must neither update nor delete them',
    severity: 'high',
    prove: async (database) => {
      if (generated === undefined) return (await referenceRun(database)).keptRows;
      await generated.resize(database, generated.rows);
      return await migrateAndCompareRows(database);
    },
  };
}

export function fromEmpty(): Check {
  return {
    name: 'an empty database ends in the same schema as the prior state',
    fix: 'the baseline must create exactly what the prior state has',
    prove: async (database) => {
      await using empty = await database.openAnother('empty');
      const reference = await referenceRun(database);
      await migrateOrFail(empty);
      return [noDifference('object by object', reference.catalog, await readWholeCatalog(empty))];
    },
  };
}

export function secondRun(): Check {
  return {
    name: 'a second run changes nothing',
    fix: "the migrator applied a file twice, or a file is not recorded in the migrator's ledger",
    prove: async (database) => {
      const { secondRun: second, ...first } = await referenceRun(database);
      return [
        { what: 'the run', expected: 'done', actual: second.outcome },
        { what: 'files applied', expected: '', actual: second.applied.join(', ') },
        noDifference('catalog', first.catalog, second.catalog),
        { what: 'ledger', expected: first.ledger.join('\n'), actual: second.ledger.join('\n') },
        { what: 'rows', expected: first.rows.join('\n'), actual: second.rows.join('\n') },
      ];
    },
  };
}

export function ledgerAgrees(): Check {
  return {
    name: 'the ledger lists each file once, with its hash',
    fix: 'an applied file was edited, or is missing: restore it from version control and write a new migration',
    prove: async (database) => {
      const { ledger } = await referenceRun(database);
      const files = await readJournal(database.migrationsFolder);
      const lines = files.map(({ when, text }) => `${when} ${createHash('sha256').update(text).digest('hex')}`);
      return [{ what: 'when and sha256', expected: lines.join('\n'), actual: ledger.join('\n') }];
    },
  };
}

const RUNNERS = 8;

export function concurrentRunners(after: string | undefined): Check {
  return {
    name: `${RUNNERS} concurrent runners apply each file once`,
    fix: 'the migrator must hold its advisory lock from before it reads the ledger until the last file is recorded',
    prove: async (database) => {
      const runs = await Promise.all(Array.from({ length: RUNNERS }, () => runMigrations(database)));
      const files = (await filesToCheck(database, after)).map(({ tag }) => tag).toSorted();
      const applied = runs.flatMap((run) => run.applied).toSorted();
      const outcomes = [...new Set(runs.map(({ outcome }) => outcome))];
      return [
        { what: 'the runs', expected: 'done', actual: outcomes.join('\n') },
        { what: 'files applied', expected: files.join('\n'), actual: applied.join('\n') },
        ...(await sameEndState(database, 'end state')),
      ];
    },
  };
}

/** Applies each file in a run of its own. */
export function oneRunForEachFile(after: string | undefined): Check {
  return {
    name: 'a run for each file ends in the same state as one run of all files',
    fix: 'a file works only in the same run as the files before it: make it read what it needs from the database',
    prove: async (database) => {
      const observations: Observation[] = [];
      for (const { tag } of await filesToCheck(database, after)) {
        const { outcome, applied } = await runMigrations(database, { to: tag });
        observations.push(
          { what: `the run to ${tag}`, expected: 'done', actual: outcome },
          { what: `the run to ${tag}: files`, expected: tag, actual: applied.join('\n') },
        );
      }
      return [...observations, ...(await sameEndState(database, 'end state'))];
    },
  };
}
