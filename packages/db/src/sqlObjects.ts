import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** The current text of one SQL object (a function with its grants, a trigger, …): a file of `src/functions`. */
export interface SqlObject {
  /** The file's name without `.sql`. */
  readonly name: string;
  /** The file's text, trimmed. */
  readonly text: string;
}

const BLOCK = /^-- object: (?<name>\S+)\n(?<text>[\s\S]*?)\n-- end object$/gm;
const STATEMENT_BREAKPOINT = '--> statement-breakpoint';

/**
 * Reads every SQL object of a folder, in the order in which they can be created: schemas, functions, triggers, the rest.
 * plpgsql bodies are resolved when they run, so functions need no order among themselves.
 */
export function readSqlObjects(folder: string): SqlObject[] {
  return readdirSync(folder)
    .filter((file) => file.endsWith('.sql'))
    .sort()
    .map((file) => ({ name: file.slice(0, -'.sql'.length), text: readFileSync(join(folder, file), 'utf8').trim() }))
    .sort((a, b) => creationRank(a.text) - creationRank(b.text));
}

/** What the migrations end in: each object's last block, by name. An empty text says that the object was dropped. */
export function sqlObjectsInMigrations(migrations: readonly string[]): Map<string, string> {
  const objects = new Map<string, string>();
  for (const text of migrations) {
    for (const { groups } of text.matchAll(BLOCK)) {
      if (groups?.name !== undefined) objects.set(groups.name, (groups.text ?? '').trim());
    }
  }
  return objects;
}

export interface SqlObjectChanges {
  readonly changed: readonly SqlObject[];
  /** Names of objects that the migrations create and the folder no longer has. */
  readonly removed: readonly string[];
}

/** Compares the folder's objects with those that the migrations end in. */
export function compareSqlObjects(current: readonly SqlObject[], migrated: Map<string, string>): SqlObjectChanges {
  const names = new Set(current.map(({ name }) => name));
  return {
    changed: current.filter(({ name, text }) => migrated.get(name) !== text),
    removed: [...migrated].filter(([name, text]) => text !== '' && !names.has(name)).map(([name]) => name),
  };
}

/** Renders the block that a migration carries for one object; `before` runs ahead of it (the DROP of an old signature). */
export function renderBlock({ name, text }: SqlObject, before: readonly string[] = []): string {
  const drops = before.map((statement) => `${statement}\n${STATEMENT_BREAKPOINT}\n`).join('');
  return `${drops}-- object: ${name}\n${text}\n-- end object`;
}

/** Appends blocks to a migration's text, parted as drizzle's own runner wants it. */
export function appendBlocks(migration: string, blocks: readonly string[]): string {
  const parts = [migration.trim(), ...blocks].filter((part) => part !== '');
  return `${parts.join(`\n${STATEMENT_BREAKPOINT}\n`)}\n`;
}

function creationRank(text: string): number {
  const order = [/^CREATE SCHEMA/m, /^CREATE (OR REPLACE )?FUNCTION/m, /^CREATE (OR REPLACE )?(CONSTRAINT )?TRIGGER/m];
  const rank = order.findIndex((pattern) => pattern.test(text));
  return rank === -1 ? order.length : rank;
}
