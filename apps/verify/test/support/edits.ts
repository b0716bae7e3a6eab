import { cp, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { VerifyConfig } from '@app/verifier';

/** Replaces a text that occurs once in its file. */
export interface Edit {
  /** `schema` for the SQL that drizzle-kit exports; else the name of a file of packages/db/src/functions. */
  readonly of: string;
  readonly from: string;
  readonly to: string;
  /**
   * For an edit of the schema whose text is in no migration, since the migrations adopt an existing table: a statement that
   * is added to the last migration. Default: the text is replaced in the one migration that has it.
   */
  readonly migration?: string;
}

/** The project after the edits: the config, with a copy of the migrations, and the exported schema. */
export interface EditedProject extends AsyncDisposable {
  readonly config: VerifyConfig;
  readonly exported: string;
}

/**
 * Makes the edits in the schema or the SQL objects, and the same edits in a copy of the migrations.
 * @throws Error where a text does not occur once in the source and once in the migrations
 */
export async function makeMistake(
  config: VerifyConfig,
  exported: string,
  edits: readonly Edit[],
): Promise<EditedProject> {
  const folder = await mkdtemp(join(tmpdir(), 'verify-mistake-'));
  const remove = () => rm(folder, { recursive: true, force: true });
  try {
    await cp(config.migrations, folder, { recursive: true });
    let source = { exported, sqlObjects: config.sqlObjects ?? [] };
    for (const edit of edits) source = await makeEdit(folder, source, edit);
    const { sqlObjects } = source;
    return {
      config: { ...config, migrations: folder, sqlObjects },
      exported: source.exported,
      [Symbol.asyncDispose]: remove,
    };
  } catch (error) {
    await remove();
    throw error;
  }
}

interface Source {
  readonly exported: string;
  readonly sqlObjects: NonNullable<VerifyConfig['sqlObjects']>;
}

async function makeEdit(folder: string, source: Source, { of, from, to, migration }: Edit): Promise<Source> {
  if (of === 'schema') {
    if (migration === undefined) await replaceInMigrations(folder, from, to);
    else await append(folder, migration);
    return { ...source, exported: replaceOnce(source.exported, from, to, 'the exported schema') };
  }
  const object = source.sqlObjects.find(({ file }) => file.endsWith(`/${of}.sql`));
  if (object === undefined) throw new Error(`there is no function file ${of}.sql`);
  const text = replaceOnce(object.text, from, to, object.file);
  await replaceInMigrations(folder, object.text, text);
  return { ...source, sqlObjects: source.sqlObjects.map((it) => (it === object ? { ...object, text } : it)) };
}

function replaceOnce(text: string, from: string, to: string, where: string): string {
  const found = text.split(from).length - 1;
  if (found !== 1) throw new Error(`${where} has this text ${found} times and not once: ${from}`);
  // A replacement function, since a string would give `$` a meaning.
  return text.replace(from, () => to);
}

async function replaceInMigrations(folder: string, from: string, to: string): Promise<void> {
  const files = await migrationFiles(folder);
  const texts = await Promise.all(files.map((file) => readFile(file, 'utf8')));
  const index = texts.findIndex((text) => text.includes(from));
  const [file, others] = [files[index], texts.filter((text, other) => other !== index && text.includes(from))];
  if (file === undefined || others.length > 0)
    throw new Error(`${others.length + Number(file !== undefined)} migrations and not one have this text: ${from}`);
  await writeFile(file, replaceOnce(texts[index] ?? '', from, to, file));
}

async function append(folder: string, statement: string): Promise<void> {
  const file = (await migrationFiles(folder)).at(-1) ?? '';
  await writeFile(file, `${await readFile(file, 'utf8')}\n--> statement-breakpoint\n${statement};\n`);
}

/** The files in journal order: a name begins with its time. */
async function migrationFiles(folder: string): Promise<string[]> {
  const names = await readdir(folder);
  return names
    .filter((name) => name.endsWith('.sql'))
    .toSorted()
    .map((name) => join(folder, name));
}
