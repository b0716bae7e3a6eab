import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const packageFolder = fileURLToPath(new URL('../..', import.meta.url));

const { scripts } = JSON.parse(readFileSync(`${packageFolder}/package.json`, 'utf8')) as {
  scripts: Record<string, string>;
};

/** Runs a package script as a user would, with this DATABASE_URL. */
export const run = (script: string, url: string, ...args: string[]) => runIn(packageFolder, url, script, ...args);

/** The same in a folder, and with no DATABASE_URL at all. */
export function runIn(cwd: string, url: string | undefined, script: string, ...args: string[]) {
  const { DATABASE_URL: _, ...others } = process.env;
  const [, ...words] = scripts[script]?.split(' ') ?? [];
  const absolute = words.map((word) => {
    if (word === 'tsx/esm') return import.meta.resolve(word);
    return word.startsWith('src/') ? join(packageFolder, word) : word;
  });
  const { status, stdout, stderr } = spawnSync(process.execPath, [...absolute, ...args], {
    cwd,
    env: { ...others, NO_COLOR: '1', ...(url === undefined ? {} : { DATABASE_URL: url }) },
    encoding: 'utf8',
    timeout: 150_000,
  });
  return { status, stdout, stderr, all: stdout + stderr };
}
