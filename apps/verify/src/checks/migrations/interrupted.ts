import postgres from 'postgres';
import type { Check, Observation, Scene } from '../../check.ts';
import { type Ending, endWhereItWaits } from '../../sql/doomedRunner.ts';
import { type JournalEntry, journalOf, runMigrations } from '../../sql/migration.ts';
import { heldTables } from '../../sql/rows.ts';
import { endsUndisturbed } from './undisturbed.ts';

const FIX =
  'what a no-transaction file does must bear being done again: IF [NOT] EXISTS, or a block that looks before it acts';

/** A run that is ended in the midst of a file, a third or two thirds of the way, and begun again. */
export function interrupted(ending: Ending, thirds: 1 | 2): Check {
  return {
    name: `a run ended by ${ending} in the midst of a file can simply be run again`,
    fix: FIX,
    prove: async (scene) => {
      const files = await journalOf(scene.migrationsFolder);
      return await endAndRunAgain(scene, files, Math.floor((files.length * thirds) / 3), ending);
    },
  };
}

/** The same for every file. */
export function interruptedEverywhere(ending: Ending): Check {
  return {
    name: `a run ended by ${ending} in the midst of any file can simply be run again`,
    fix: FIX,
    prove: async (scene) => {
      const files = await journalOf(scene.migrationsFolder);
      const observations: Observation[] = [];
      for (const index of files.keys()) {
        await using other = await scene.beside('legacy');
        observations.push(...(await endAndRunAgain(other, files, index, ending)));
      }
      return observations;
    },
  };
}

async function endAndRunAgain(
  scene: Scene,
  files: readonly JournalEntry[],
  index: number,
  ending: Ending,
): Promise<Observation[]> {
  const before = files[index - 1];
  const first = before === undefined ? await makeLedger(scene) : await runMigrations(scene, { to: before.tag });
  const caught = await whileHeld(scene, () => endWhereItWaits(scene, ending));
  const again = await runMigrations(scene);
  const what = `in ${files[index]?.tag}`;
  return [
    { what: `${what}: what comes before it`, expected: 'done', actual: first.outcome },
    { what: `${what}: the run that is ended`, expected: 'caught waiting', actual: caught },
    { what: `${what}: the run after it`, expected: 'done', actual: again.outcome },
    ...(await endsUndisturbed(scene, what)),
  ];
}

/** As drizzle makes it: without one there is nothing that could be held. */
async function makeLedger({ sql }: Scene): Promise<{ readonly outcome: string }> {
  await sql.unsafe(`CREATE SCHEMA drizzle;
    CREATE TABLE drizzle.__drizzle_migrations (id serial PRIMARY KEY, hash text NOT NULL, created_at bigint)`);
  return { outcome: 'done' };
}

// Of the ledger no row can be written; of the other tables nothing can be had that stops writers.
const LEDGER_LOCK = 'LOCK TABLE drizzle.__drizzle_migrations IN SHARE MODE';

/** Lets no run get further than the first lock that would stop writers, or the record of the first file. */
async function whileHeld(scene: Scene, work: () => Promise<string>): Promise<string> {
  const tables = await heldTables(scene.superuser);
  const holder = postgres(scene.superuserUrl, { max: 1, connect_timeout: 10, onnotice: () => undefined });
  try {
    return await holder.begin(async (transaction) => {
      for (const { table } of tables) await transaction.unsafe(`LOCK TABLE ${table} IN ROW EXCLUSIVE MODE`);
      await transaction.unsafe(LEDGER_LOCK);
      return await work();
    });
  } finally {
    await holder.end({ timeout: 5 });
  }
}
