import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';

export interface Migration {
  tag: string;
  sql: string;
  /** Default: 1000 for the first, 2000 for the second, and so on. */
  when?: number;
  /** Default: 0 for the first, 1 for the second, and so on. */
  idx?: number;
}

/** Writes a migrations folder as drizzle-kit would. The caller deletes it. */
export function makeFolder(migrations: readonly Migration[]): string {
  const folder = mkdtempSync(join(tmpdir(), 'migrations-'));
  mkdirSync(join(folder, 'meta'));
  fill(folder, migrations);
  return folder;
}

/** A migrations folder that is deleted after the test. */
export function writeFolder(migrations: readonly Migration[]): string {
  const folder = makeFolder(migrations);
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/** Replaces journal and files of a folder. Files that the journal no longer names stay. */
export function fill(folder: string, migrations: readonly Migration[]): void {
  const entries = migrations.map(({ tag, when, idx }, index) => ({
    idx: idx ?? index,
    version: '7',
    when: when ?? (index + 1) * 1000,
    tag,
    breakpoints: true,
  }));
  writeFileSync(
    join(folder, 'meta', '_journal.json'),
    JSON.stringify({ version: '7', dialect: 'postgresql', entries }),
  );
  for (const { tag, sql } of migrations) writeFileSync(join(folder, `${tag}.sql`), sql);
}
