import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const STATEMENTS = [
  'ALTER TABLE library_tracks ADD COLUMN preview_key TEXT;',
  'ALTER TABLE library_tracks ALTER COLUMN file_key SET NOT NULL;',
  'CREATE INDEX idx_library_tracks_preview_key ON library_tracks(preview_key);',
];

/** Writes the PRD's statements as drizzle-kit would. @returns the folder; the caller must delete it */
export function writeLiteralFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'bench-literal-'));
  mkdirSync(join(folder, 'meta'));
  writeFileSync(join(folder, '0000_literal.sql'), STATEMENTS.join('\n--> statement-breakpoint\n'));
  // Newer than the applied migrations: otherwise drizzle would skip it.
  const entries = [{ idx: 0, version: '7', when: 4_000_000_000_000, tag: '0000_literal', breakpoints: true }];
  writeFileSync(join(folder, 'meta/_journal.json'), JSON.stringify({ version: '7', dialect: 'postgresql', entries }));
  return folder;
}
