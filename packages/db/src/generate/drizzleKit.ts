import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { stripVTControlCharacters } from 'node:util';
import { env } from '../env.ts';
import { readJournal } from './migrationFiles.ts';
import { GenerateRefused } from './refusal.ts';

/** The folders that drizzle-kit reads and writes. */
export interface DrizzleKitFolders {
  /** Contains drizzle.config.ts and node_modules. */
  readonly packageFolder: string;
  /** A copy of the migrations, on the drive of `packageFolder`: drizzle-kit accepts relative paths only. */
  readonly folder: string;
  /** Contains the config whose `out` is `folder`. */
  readonly scratch: string;
}

/**
 * Runs `drizzle-kit generate`. It exits with 0 after most refusals, so that only a new journal entry, or its message
 * "No schema changes", counts as success. Where it has to ask about a rename, it is run again on the terminal.
 *
 * @returns whether it added a migration
 * @throws GenerateRefused with its output
 */
export function drizzleKitGenerate(folders: DrizzleKitFolders, name: string, custom: boolean): boolean {
  const config = join(folders.scratch, 'drizzle.config.ts');
  const out = relative(folders.packageFolder, folders.folder);
  const original = JSON.stringify(join(folders.packageFolder, 'drizzle.config.ts'));
  writeFileSync(
    config,
    `import config from ${original};\nexport default { ...config, out: ${JSON.stringify(out)} };\n`,
  );
  const args = ['generate', '--config', relative(folders.packageFolder, config), '--name', name];
  const run = (stdio: 'inherit' | 'pipe') => {
    const { stdout, stderr, error } = spawnSync(
      process.execPath,
      [join(folders.packageFolder, 'node_modules/drizzle-kit/bin.cjs'), ...args, ...(custom ? ['--custom'] : [])],
      {
        cwd: folders.packageFolder,
        env: env.forChild(),
        stdio: stdio === 'pipe' ? ['ignore', 'pipe', 'pipe'] : stdio,
        encoding: 'utf8',
      },
    );
    if (error !== undefined) throw new GenerateRefused(2, `drizzle-kit could not be started: ${error.message}`);
    return stripVTControlCharacters(`${stdout ?? ''}\n${stderr ?? ''}`).trim();
  };
  const countBefore = readJournal(folders.folder).entries.length;
  const isWritten = () => readJournal(folders.folder).entries.length > countBefore;

  const output = run('pipe');
  if (isWritten()) return true;
  if (output.includes('No schema changes')) return false;
  if (output.includes('Interactive prompts require a TTY')) {
    if (!process.stdin.isTTY || !process.stdout.isTTY) {
      const message = 'drizzle-kit has to ask whether something was renamed: run this command in a terminal';
      throw new GenerateRefused(2, message);
    }
    run('inherit');
    if (isWritten()) return true;
    throw new GenerateRefused(2, 'drizzle-kit wrote no migration');
  }
  throw new GenerateRefused(2, `drizzle-kit wrote no migration:\n${output}`);
}
