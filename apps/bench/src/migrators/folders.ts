import { createHash } from 'node:crypto';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** The same generated migrations in the layout of each tool. */
export interface Folders extends Disposable {
  /** The files' statements, in order. */
  readonly files: readonly string[];
  /** For drizzle, drizzle-kit and ours: with a journal. */
  readonly drizzle: string;
  readonly nodePgMigrate: string;
  /** The working folder of graphile-migrate, with `migrations/committed`. */
  readonly graphile: string;
}

/** Writes the first `count` migrations of a sequence. Each creates a table and changes the one before. */
export function writeFolders(count: number): Folders {
  const root = mkdtempSync(join(tmpdir(), 'bench-migrations-'));
  const files = Array.from({ length: count }, (_, index) => statements(index));
  const folders = { drizzle: join(root, 'drizzle'), nodePgMigrate: join(root, 'pg'), graphile: join(root, 'graphile') };
  writeDrizzle(folders.drizzle, files);
  writeNodePgMigrate(folders.nodePgMigrate, files);
  writeGraphile(folders.graphile, files);
  return {
    files: files.map((it) => it.join('\n')),
    ...folders,
    [Symbol.dispose]: () => rmSync(root, { recursive: true }),
  };
}

function statements(index: number): string[] {
  const table = `things_${index}`;
  return [
    `CREATE TABLE ${table} (id uuid PRIMARY KEY DEFAULT gen_random_uuid(), name text NOT NULL, size_bytes bigint NOT NULL,
  created_at timestamptz NOT NULL DEFAULT now(), CONSTRAINT ${table}_size_bytes_check CHECK (size_bytes > 0));`,
    `CREATE INDEX idx_${table}_created_at ON ${table} (created_at);`,
    ...(index === 0 ? [] : [`ALTER TABLE things_${index - 1} ADD COLUMN next_id uuid;`]),
  ];
}

function writeDrizzle(folder: string, files: readonly (readonly string[])[]): void {
  mkdirSync(join(folder, 'meta'), { recursive: true });
  const entries = files.map((file, idx) => {
    const tag = `${String(idx).padStart(4, '0')}_step`;
    writeFileSync(join(folder, `${tag}.sql`), file.join('\n--> statement-breakpoint\n'));
    return { idx, version: '7', when: 1_700_000_000_000 + idx * 1_000, tag, breakpoints: true };
  });
  writeFileSync(join(folder, 'meta/_journal.json'), JSON.stringify({ version: '7', dialect: 'postgresql', entries }));
}

function writeNodePgMigrate(folder: string, files: readonly (readonly string[])[]): void {
  mkdirSync(folder);
  for (const [index, file] of files.entries()) {
    writeFileSync(
      join(folder, `${1_700_000_000_000 + index * 1_000}_step.sql`),
      `-- Up Migration\n${file.join('\n')}\n`,
    );
  }
}

/** Each committed file names the file before by its hash. */
function writeGraphile(folder: string, files: readonly (readonly string[])[]): void {
  mkdirSync(join(folder, 'migrations/committed'), { recursive: true });
  writeFileSync(join(folder, '.gmrc'), '{}');
  let previous = '';
  for (const [index, file] of files.entries()) {
    const body = file.join('\n');
    const hash = `sha1:${createHash('sha1')
      .update(`${`${previous}\n${body}`.trim()}\n`)
      .digest('hex')}`;
    const name = `${String(index + 1).padStart(6, '0')}.sql`;
    const text = `--! Previous: ${previous || '-'}\n--! Hash: ${hash}\n\n${body}\n`;
    writeFileSync(join(folder, 'migrations/committed', name), text);
    previous = hash;
  }
}
