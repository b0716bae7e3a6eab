import { createHash } from 'node:crypto';
import type { Check, Observation, TestDatabase } from '../check.ts';
import type { PriorState } from '../config.ts';
import { journalOf, runMigrations } from '../sql/migration.ts';
import { catalogOf, endsUndisturbed, keptRows, migrateAll, noDifference, undisturbedRun } from './endState.ts';

/** Every table that was there holds what it held, column by column. */
export function sameRows(generated?: {
  readonly rows: number;
  readonly resize: NonNullable<PriorState['resize']>;
}): Check {
  const amount = generated === undefined ? '' : `, of ${generated.rows.toLocaleString('en')}`;
  return {
    name: `the rows that were there are the same afterwards${amount}`,
    fix: 'a migration changed or lost rows that were there: never update or delete them in one',
    severity: 'high',
    prove: async (database) => {
      if (generated === undefined) return (await undisturbedRun(database)).kept;
      await generated.resize(database, generated.rows);
      return await keptRows(database);
    },
  };
}

export function fromEmpty(): Check {
  return {
    name: 'an empty database ends in the same schema as the prior one',
    fix: 'the baseline must create what the application had, to the letter',
    prove: async (database) => {
      await using empty = await database.openAnother('empty');
      const adopted = await undisturbedRun(database);
      await migrateAll(empty);
      return [noDifference('object by object', adopted.catalog, await catalogOf(empty))];
    },
  };
}

export function secondRun(): Check {
  return {
    name: 'a second run changes nothing',
    fix: "the migrator applied a file twice, or a file is not recorded in the migrator's ledger",
    prove: async (database) => {
      const { again, ...first } = await undisturbedRun(database);
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
    prove: async (database) => {
      const { ledger } = await undisturbedRun(database);
      const files = await journalOf(database.migrationsFolder);
      const lines = files.map(({ when, text }) => `${when} ${createHash('sha256').update(text).digest('hex')}`);
      return [{ what: 'when and sha256', expected: lines.join('\n'), actual: ledger.join('\n') }];
    },
  };
}

const RUNNERS = 8;

export function runnersAtOnce(after: string | undefined): Check {
  return {
    name: `${RUNNERS} runners at once apply each file once`,
    fix: 'the migrator must hold its advisory lock from before it reads the ledger until the last file is recorded',
    prove: async (database) => {
      const runs = await Promise.all(Array.from({ length: RUNNERS }, () => runMigrations(database)));
      const files = (await judgedFiles(database, after)).map(({ tag }) => tag).toSorted();
      const applied = runs.flatMap((run) => run.applied).toSorted();
      const outcomes = [...new Set(runs.map(({ outcome }) => outcome))];
      return [
        { what: 'the runs', expected: 'done', actual: outcomes.join('\n') },
        { what: 'files applied', expected: files.join('\n'), actual: applied.join('\n') },
        ...(await endsUndisturbed(database, 'the end')),
      ];
    },
  };
}

/** The files of the folder that come after history. */
export async function judgedFiles({ migrationsFolder }: TestDatabase, after: string | undefined) {
  const files = await journalOf(migrationsFolder);
  return files.slice(files.findIndex(({ tag }) => tag === after) + 1);
}

const STOP_FIX =
  'a file depends on those before it having been applied in the same run: make it read the database instead';

/** One run for each file. */
export function fileByFile(after: string | undefined): Check {
  return {
    name: 'a run for each file ends where one run of all ends',
    fix: STOP_FIX,
    prove: async (database) => {
      const observations: Observation[] = [];
      for (const { tag } of await judgedFiles(database, after))
        observations.push(...(await runTo(database, tag, [tag])));
      return [...observations, ...(await endsUndisturbed(database, 'the end'))];
    },
  };
}

/** Two runs: up to each file in turn, and from there to the end. */
export function everyStop(after: string | undefined): Check {
  return {
    name: 'a run that goes on after any stop ends where one run of all ends',
    fix: STOP_FIX,
    prove: async (database) => {
      const tags = (await judgedFiles(database, after)).map(({ tag }) => tag);
      const observations: Observation[] = [];
      for (const [index, tag] of tags.entries()) {
        await using stopped = await database.openAnother('prior');
        observations.push(
          ...(await runTo(stopped, tag, tags.slice(0, index + 1))),
          ...(await runTo(stopped, undefined, tags.slice(index + 1))),
          ...(await endsUndisturbed(stopped, `after a stop at ${tag}`)),
        );
      }
      return observations;
    },
  };
}

async function runTo(database: TestDatabase, to: string | undefined, expected: readonly string[]) {
  const { outcome, applied } = await runMigrations(database, to === undefined ? {} : { to });
  const what = to === undefined ? 'the run to the end' : `the run to ${to}`;
  return [
    { what, expected: 'done', actual: outcome },
    { what: `${what}: files`, expected: expected.join('\n'), actual: applied.join('\n') },
  ];
}
