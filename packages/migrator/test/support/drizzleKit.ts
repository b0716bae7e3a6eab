import { writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const binary = join(dirname(fileURLToPath(import.meta.resolve('drizzle-kit'))), 'bin.cjs');

/** Arguments for Node that run `drizzle-kit migrate`. Its config is written into the folder. */
export function drizzleKitMigrate(url: string, folder: string): string[] {
  const config = join(folder, 'drizzle.config.json');
  writeFileSync(config, JSON.stringify({ dialect: 'postgresql', out: folder, dbCredentials: { url } }));
  return [binary, 'migrate', `--config=${config}`];
}
