import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { problem } from '../problems.ts';
import { type MigrationFolder, readMigration } from './migration.ts';

/** True for a folder that drizzle-kit 1.0 made, whole or not. */
export function isMigrationFolder(folder: string, name: string): boolean {
  return ['migration.sql', 'snapshot.json'].some((file) => existsSync(join(folder, name, file)));
}

/** Reads the layout of drizzle-kit 1.0: for each migration a folder `<time>_<what>` with `migration.sql`, in the order of the names. */
export function readMigrationFolders(folder: string, names: readonly string[]): MigrationFolder {
  // As drizzle compares them.
  const tags = names.filter((name) => isMigrationFolder(folder, name)).sort((a, b) => a.localeCompare(b));
  const read = tags.map((tag) =>
    readMigration(folder, `${tag}/migration.sql`, { tag, name: tag, when: timeOf(tag) ?? 0 }),
  );
  const untimed = tags.filter((tag) => timeOf(tag) === undefined);
  const strays = names.filter((name) => name.endsWith('.sql')).sort();
  return {
    layout: 'folders',
    migrations: read.map(({ migration }) => migration),
    problems: [
      ...read.flatMap(({ problems }) => problems),
      ...untimed.map((tag) =>
        problem('name_without_time', tag, 'does not begin with its time, which drizzle records as created_at', {
          expected: 'a name such as 20260131235959_what_it_does, in UTC',
          found: tag,
          remedy: 'Make migrations with drizzle-kit generate, or name the folder so.',
        }),
      ),
      ...strays.map((file) =>
        problem(
          'file_not_in_journal',
          file.slice(0, -'.sql'.length),
          'is in no folder of its own: no runner applies it',
          {
            expected: 'a folder for each migration, with migration.sql',
            found: file,
            remedy:
              'Make migrations with drizzle-kit generate (--custom for hand-written SQL), or move the file elsewhere.',
          },
        ),
      ),
    ],
  };
}

/** The time that a name begins with, in milliseconds since 1970: drizzle's `created_at`. */
function timeOf(name: string): number | undefined {
  const parts = /^(\d{4})(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)/.exec(name)?.slice(1).map(Number);
  if (!parts) return undefined;
  const [year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0] = parts;
  return Date.UTC(year, month - 1, day, hour, minute, second);
}

/** The name that `drizzle-kit up` gives to a migration of the layout before 1.0: its time in UTC, then its tag without the prefix. */
export function nameSince1(tag: string, when: number): string {
  const time = new Date(when).toISOString().replace(/\D/g, '').slice(0, 14);
  return `${time}_${tag.split('_').slice(1).join('_')}`;
}
