import postgres from 'postgres';
import type { Check, Observation, TestDatabase } from '../check.ts';
import { type Ending, endWhereItWaits } from '../sql/endedRun.ts';
import { createLedger, type JournalEntry, ledgerName, runMigrations } from '../sql/migration.ts';
import { heldTables } from '../sql/rows.ts';
import { endsUndisturbed } from './endState.ts';
import { judgedFiles } from './runs.ts';

const FIX =
  'the statements of a no-transaction file must be idempotent: IF [NOT] EXISTS, or a block that looks before it acts';

/** A run that is ended in the midst of a file, a third or two thirds of the way, and begun again. */
export function interrupted(ending: Ending, thirds: 1 | 2, after: string | undefined): Check {
  return {
    name: `a run ended by ${ending} in the midst of a file can simply be run again`,
    fix: FIX,
    prove: async (database) => {
      const files = await judgedFiles(database, after);
      return await endAndRunAgain(database, files, Math.floor((files.length * thirds) / 3), ending);
    },
  };
}

/** The same for every file. */
export function interruptedEverywhere(ending: Ending, after: string | undefined): Check {
  return {
    name: `a run ended by ${ending} in the midst of any file can simply be run again`,
    fix: FIX,
    prove: async (database) => {
      const files = await judgedFiles(database, after);
      const observations: Observation[] = [];
      for (const index of files.keys()) {
        await using other = await database.openAnother('prior');
        observations.push(...(await endAndRunAgain(other, files, index, ending)));
      }
      return observations;
    },
  };
}

async function endAndRunAgain(
  database: TestDatabase,
  files: readonly JournalEntry[],
  index: number,
  ending: Ending,
): Promise<Observation[]> {
  const before = files[index - 1];
  // Without a ledger there is nothing that could be held.
  if (before === undefined) await createLedger(database);
  const first = before === undefined ? { outcome: 'done' } : await runMigrations(database, { to: before.tag });
  const caught = await whileHeld(database, () => endWhereItWaits(database, ending));
  const again = await runMigrations(database);
  const what = `in ${files[index]?.tag}`;
  return [
    { what: `${what}: what comes before it`, expected: 'done', actual: first.outcome },
    { what: `${what}: the run that is ended`, expected: 'caught waiting', actual: caught },
    { what: `${what}: the run after it`, expected: 'done', actual: again.outcome },
    ...(await endsUndisturbed(database, what)),
  ];
}

/** Lets no run get further than the first lock that would stop writers, or the record of the first file. */
async function whileHeld(database: TestDatabase, work: () => Promise<string>): Promise<string> {
  const tables = await heldTables(database);
  const holder = postgres(database.superuserUrl, { max: 1, connect_timeout: 10, onnotice: () => undefined });
  try {
    return await holder.begin(async (transaction) => {
      for (const { table } of tables) await transaction.unsafe(`LOCK TABLE ${table} IN ROW EXCLUSIVE MODE`);
      // No row of the ledger can be written; of the other tables no lock can be had that stops writers.
      await transaction.unsafe(`LOCK TABLE ${ledgerName(database)} IN SHARE MODE`);
      return await work();
    });
  } finally {
    await holder.end({ timeout: 5 });
  }
}
