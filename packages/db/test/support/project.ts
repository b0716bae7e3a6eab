import { execFileSync, spawn } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const packageFolder = fileURLToPath(new URL('../..', import.meta.url));

export interface Ran {
  readonly status: number | null;
  /** Standard output, then standard error. */
  readonly output: string;
  /** Files that came to `migrations`. */
  readonly written: readonly string[];
}

/** A copy of this package in a repository of its own, which commands may write to. */
export class Project implements Disposable {
  readonly root: string;
  readonly folder: string;
  readonly migrations: string;

  constructor() {
    const local = join(packageFolder, '../../.local');
    mkdirSync(local, { recursive: true });
    this.root = mkdtempSync(join(local, 'project-'));
    this.folder = join(this.root, 'packages/db');
    this.migrations = join(this.folder, 'migrations');
    for (const part of ['src', 'migrations', 'package.json', 'drizzle.config.ts', '../../docs/schema.md']) {
      cpSync(join(packageFolder, part), join(this.folder, part), { recursive: true });
    }
    symlinkSync(join(packageFolder, 'node_modules'), join(this.folder, 'node_modules'));
  }

  [Symbol.dispose](): void {
    rmSync(this.root, { recursive: true, force: true });
  }

  /** Runs a command of `src/commands`. */
  run(
    command: string,
    args: readonly string[] = [],
    options: { uid?: number; env?: NodeJS.ProcessEnv } = {},
  ): Promise<Ran> {
    const before = this.files();
    return new Promise((resolve, reject) => {
      const child = spawn(process.execPath, ['--import', 'tsx/esm', `src/commands/${command}.ts`, ...args], {
        ...options,
        cwd: this.folder,
        env: { ...process.env, NO_COLOR: '1', ...options.env },
        stdio: ['ignore', 'pipe', 'pipe'],
        timeout: 170_000,
      });
      const chunks: Record<'stdout' | 'stderr', string> = { stdout: '', stderr: '' };
      for (const stream of ['stdout', 'stderr'] as const) {
        child[stream].setEncoding('utf8').on('data', (text: string) => {
          chunks[stream] += text;
        });
      }
      child.on('error', reject);
      child.on('close', (status) => {
        const written = this.files().filter((file) => !before.includes(file));
        resolve({ status, output: chunks.stdout + chunks.stderr, written });
      });
    });
  }

  generate(name: string, ...args: string[]): Promise<Ran> {
    return this.run('generate', ['--name', name, ...args]);
  }

  /** Paths of the files of `migrations`, relative to it. */
  files(): string[] {
    return readdirSync(this.migrations, { recursive: true, encoding: 'utf8' }).sort();
  }

  /** The text of a file of this package. */
  read(file: string): string {
    return readFileSync(join(this.folder, file), 'utf8');
  }

  write(file: string, text: string): void {
    mkdirSync(dirname(join(this.folder, file)), { recursive: true });
    writeFileSync(join(this.folder, file), text);
  }

  /** Changes a file by a replacement that must be possible. */
  edit(file: string, from: string, to: string): void {
    const text = this.read(file);
    if (!text.includes(from)) throw new Error(`${file} has no ${from}`);
    this.write(file, text.replaceAll(from, to));
  }

  remove(file: string): void {
    rmSync(join(this.folder, file));
  }

  /** Runs git in this repository, as a user of its own. */
  git(...args: string[]): string {
    const config = ['-c', 'user.name=Test', '-c', 'user.email=test@example.com', '-c', 'commit.gpgsign=false'];
    return execFileSync('git', [...config, ...args], {
      cwd: this.root,
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'pipe'],
    });
  }
}
