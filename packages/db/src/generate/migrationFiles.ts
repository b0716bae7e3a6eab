import { existsSync, readdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { GenerateRefused } from './refusal.ts';

interface Entry {
  readonly idx: number;
  readonly when: number;
  readonly tag: string;
}

interface Journal {
  readonly entries: readonly Entry[];
}

interface Snapshot {
  readonly id: string;
  readonly prevId: string;
}

const GENERATE_AGAIN = 'then run: pnpm --filter db generate --name <what_changes>';

/** @throws GenerateRefused where the journal is not JSON */
export function readJournal(folder: string): Journal {
  const path = join(folder, 'meta/_journal.json');
  try {
    return JSON.parse(readFileSync(path, 'utf8')) as Journal;
  } catch (cause) {
    const message =
      'migrations/meta/_journal.json is not JSON. After a merge of two branches that both generated a migration: ' +
      'take the journal of the branch that is applied (git checkout --ours or --theirs), delete the .sql file and the ' +
      `snapshot of the other branch's migration, ${GENERATE_AGAIN}`;
    throw new GenerateRefused(2, message, { cause });
  }
}

export function readMigrations(folder: string): string[] {
  return readJournal(folder).entries.map(({ tag }) => readFileSync(join(folder, `${tag}.sql`), 'utf8'));
}

/**
 * Finds the faults of drizzle-kit's snapshots. drizzle-kit compares the schema with the last snapshot by name, whatever the
 * journal says: where one is missing it generates existing changes again, and a stray one hides changes.
 */
export function snapshotFindings(folder: string): string[] {
  const { entries } = readJournal(folder);
  const expected = entries.map(({ tag }) => snapshotFile(tag));
  const stray = readdirSync(join(folder, 'meta')).filter((file) => file.endsWith('.json') && !expected.includes(file));
  const findings = stray
    .filter((file) => file !== '_journal.json')
    .map((file) => `migrations/meta/${file} belongs to no entry of the journal: delete it`);
  let previous: { tag: string; id: string } | undefined;
  for (const { tag } of entries) {
    const file = snapshotFile(tag);
    if (!existsSync(join(folder, 'meta', file))) {
      findings.push(`migrations/meta/${file}, the snapshot of ${tag}, is missing: restore it from version control`);
      previous = undefined;
      continue;
    }
    const { id, prevId } = JSON.parse(readFileSync(join(folder, 'meta', file), 'utf8')) as Snapshot;
    if (previous !== undefined && (prevId !== previous.id || file <= snapshotFile(previous.tag))) {
      findings.push(
        `${tag} was not generated on top of ${previous.tag}: two branches generated side by side. Of the two, keep the one that is ` +
          `applied somewhere; of the other, most likely the later, delete migrations/${tag}.sql, migrations/meta/${file} and its ` +
          `entry in migrations/meta/_journal.json, ${GENERATE_AGAIN}. Copy SQL written by hand in it to the new migration`,
      );
    }
    previous = { tag, id };
  }
  return findings;
}

function snapshotFile(tag: string): string {
  return `${tag.slice(0, tag.indexOf('_'))}_snapshot.json`;
}

/**
 * Gives the newest entry a later time than the one before it, where the clock went back or both have the same second:
 * `when` orders the migrations, and the time in the name tells drizzle-kit the newest snapshot.
 *
 * @returns the entry's tag
 */
export function moveLast(folder: string): string {
  const journal = readJournal(folder);
  const [before, newest] = [journal.entries.at(-2), journal.entries.at(-1)];
  if (newest === undefined) throw new Error('the journal is empty');
  if (before === undefined) return newest.tag;
  const when = Math.max(newest.when, before.when + 1);
  const [time = '', ...words] = newest.tag.split('_');
  const [timeBefore = ''] = before.tag.split('_');
  const tag = time > timeBefore ? newest.tag : [secondAfter(timeBefore), ...words].join('_');
  if (tag !== newest.tag) {
    renameSync(join(folder, `${newest.tag}.sql`), join(folder, `${tag}.sql`));
    renameSync(join(folder, 'meta', snapshotFile(newest.tag)), join(folder, 'meta', snapshotFile(tag)));
  }
  const entries = [...journal.entries.slice(0, -1), { ...newest, when, tag }];
  writeFileSync(join(folder, 'meta/_journal.json'), JSON.stringify({ ...journal, entries }, null, 2));
  return tag;
}

/** The next second after a time such as 20250131235959. */
function secondAfter(time: string): string {
  const [year = 0, month = 1, ...rest] = (time.match(/^\d{4}|\d\d/g) ?? []).map(Number);
  const next = new Date(Date.UTC(year, month - 1, rest[0], rest[1], rest[2], (rest[3] ?? 0) + 1));
  return next.toISOString().replaceAll(/\D/g, '').slice(0, 14);
}

/** Copies a migration's three files to another folder. The journal comes last: without its entry the other two have no effect. */
export function copyMigration(tag: string, from: string, to: string): void {
  for (const file of [`${tag}.sql`, `meta/${snapshotFile(tag)}`, 'meta/_journal.json']) {
    writeFileSync(join(to, `${file}.new`), readFileSync(join(from, file)));
    renameSync(join(to, `${file}.new`), join(to, file));
  }
}
