import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** The current text of one SQL object (a function with its grants, a trigger, …): a file of `src/functions`. */
export interface SqlObject {
  /** The file's name without `.sql`. */
  readonly name: string;
  /** The file's text, trimmed, with LF line ends. */
  readonly text: string;
}

const BLOCK = /^-- object: (?<name>\S+)\n(?<text>[\s\S]*?)\n-- end object$/gm;

/** What drizzle's own runner cuts a migration at. */
export const STATEMENT_BREAKPOINT = '--> statement-breakpoint';

/** Reads every SQL object of a folder: schemas, functions, triggers, the rest, each kind by name. */
export function readSqlObjects(folder: string): SqlObject[] {
  return readdirSync(folder)
    .filter((file) => file.endsWith('.sql'))
    .sort()
    .map((file) => ({ name: file.slice(0, -'.sql'.length), text: withLf(readFileSync(join(folder, file), 'utf8')) }))
    .map(({ name, text }) => ({ name, text: text.trim() }))
    .sort((a, b) => creationRank(a.text) - creationRank(b.text));
}

/** What the migrations end in: each object's last block, by name. An empty text says that the object was dropped. */
export function sqlObjectsInMigrations(migrations: readonly string[]): Map<string, string> {
  const objects = new Map<string, string>();
  for (const text of migrations) {
    for (const { groups } of withLf(text).matchAll(BLOCK)) {
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

/** Compares the folder's objects with those that the migrations end in. A file that was only renamed is no change. */
export function compareSqlObjects(
  current: readonly SqlObject[],
  migrated: ReadonlyMap<string, string>,
): SqlObjectChanges {
  const names = new Set(current.map(({ name }) => name));
  const texts = new Set(current.map(({ text }) => text));
  const removed = [...migrated].filter(([name, text]) => text !== '' && !names.has(name));
  const removedTexts = new Set(removed.map(([, text]) => text));
  const isRenamed = ({ name, text }: SqlObject) => (migrated.get(name) ?? '') === '' && removedTexts.has(text);
  return {
    changed: current.filter((object) => migrated.get(object.name) !== object.text && !isRenamed(object)),
    removed: removed.filter(([, text]) => !texts.has(text)).map(([name]) => name),
  };
}

/** Renders the block that a migration carries for one object. */
export function renderBlock({ name, text }: SqlObject): string {
  return `-- object: ${name}\n${text}\n-- end object`;
}

/** Joins a migration's parts as drizzle's own runner wants them. */
export function joinParts(parts: readonly string[]): string {
  return `${parts.map((part) => part.trim()).join(`\n${STATEMENT_BREAKPOINT}\n`)}\n`;
}

function withLf(text: string): string {
  return text.replaceAll('\r\n', '\n');
}

function creationRank(text: string): number {
  const order = [/^CREATE SCHEMA/m, /^CREATE (OR REPLACE )?FUNCTION/m, /^CREATE (OR REPLACE )?(CONSTRAINT )?TRIGGER/m];
  const rank = order.findIndex((pattern) => pattern.test(text));
  return rank === -1 ? order.length : rank;
}
