import { spawn, spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build as esbuild } from 'esbuild';
import { build as vite } from 'vite';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { useDatabase } from '../../support/database.ts';
import { addUsers } from '../../support/people.ts';

const sources = fileURLToPath(new URL('.', import.meta.url));
const packageFolder = fileURLToPath(new URL('../../..', import.meta.url));
const repository = join(packageFolder, '../..');
const RECORDED = { sizeBytes: 5, name: 'UploadNotFound', code: 'UPLOAD_NOT_FOUND' };

const db = useDatabase('plain');
/** A consumer's project within the repository, which has `@app/db` as its one dependency. */
const local = join(repository, '.local');
mkdirSync(local, { recursive: true });
const project = mkdtempSync(join(local, 'consumer-'));
let environment: NodeJS.ProcessEnv;
beforeAll(async () => {
  const [userId] = await addUsers(db.superuser);
  environment = { ...process.env, DATABASE_URL: db.database.url, USER_ID: userId, NO_COLOR: '1' };
  for (const file of ['app.ts', 'main.ts']) cpSync(join(sources, file), join(project, file));
  writeFileSync(join(project, 'package.json'), '{ "type": "module", "private": true }');
  linkPackages(project);
});
afterAll(() => rmSync(project, { recursive: true, force: true }));

function linkPackages(folder: string): void {
  mkdirSync(join(folder, 'node_modules/@app'), { recursive: true });
  symlinkSync(packageFolder, join(folder, 'node_modules/@app/db'));
}

/** Runs a program to its end and gives what it printed. */
function output(program: string, args: readonly string[], { cwd = project, env = environment } = {}): string {
  const { status, stdout, stderr } = spawnSync(program, args, { cwd, env, encoding: 'utf8', timeout: 300_000 });
  expect(status, `${stdout}${stderr}`).toBe(0);
  return stdout;
}

/** Starts a server on a free port, and waits for the line in which it names its address. */
async function serve(args: readonly string[], cwd: string, env: NodeJS.ProcessEnv) {
  const server = spawn(process.execPath, [...args, '--port', '0'], { cwd, env, stdio: ['ignore', 'pipe', 'inherit'] });
  let printed = '';
  server.stdout.setEncoding('utf8').on('data', (text: string) => {
    printed += text;
  });
  const address = /http:\/\/127\.0\.0\.1:\d+/;
  try {
    await expect.poll(() => printed).toMatch(address);
  } catch (error) {
    server.kill('SIGKILL');
    throw error;
  }
  return { url: address.exec(printed)?.[0], stop: () => server.kill('SIGKILL') };
}

const recorded = (program: string, ...args: readonly string[]): unknown => JSON.parse(output(program, args));

describe.each([
  ['esm', 'mjs', false],
  ['esm', 'mjs', true],
  ['cjs', 'cjs', false],
  ['cjs', 'cjs', true],
] as const)('esbuild to %s (%s), minified: %s', (format, extension, minify) => {
  test('the bundle runs, and its errors keep their names', async () => {
    const outfile = join(project, `bundle.${extension}`);
    const entryPoints = [join(project, 'main.ts')];
    const { warnings } = await esbuild({ entryPoints, outfile, format, minify, bundle: true, platform: 'node' });
    expect(warnings).toEqual([]);
    expect(recorded(process.execPath, outfile)).toEqual(RECORDED);
  });
});

test('Vite for the server: the bundle runs', async () => {
  await vite({
    root: project,
    configFile: false,
    logLevel: 'warn',
    ssr: { noExternal: [/^@app\//] },
    build: { ssr: 'main.ts', outDir: 'vite', minify: true },
  });
  expect(recorded(process.execPath, join(project, 'vite/main.js'))).toEqual(RECORDED);
});

describe('the sources as they are', () => {
  test('on this Node by tsx', () => {
    expect(recorded(process.execPath, '--import', import.meta.resolve('tsx'), 'main.ts')).toEqual(RECORDED);
  });

  test.each(['22', '24'])('on Node %s, which strips the types', (version) => {
    expect(recorded('npx', '-y', `-p`, `node@${version}`, 'node', '--no-warnings', 'main.ts')).toEqual(RECORDED);
  });
});

test('the sources have no error in a consumer that is strict and no stricter', () => {
  const typescript = dirname(fileURLToPath(import.meta.resolve('typescript/package.json')));
  const compilerOptions = {
    ...{ target: 'es2023', lib: ['es2023', 'dom'], module: 'esnext', moduleResolution: 'bundler', strict: true },
    ...{ allowImportingTsExtensions: true, isolatedModules: true, skipLibCheck: true, noEmit: true, types: ['node'] },
    typeRoots: [join(packageFolder, 'node_modules/@types')],
  };
  writeFileSync(join(project, 'tsconfig.json'), JSON.stringify({ compilerOptions, files: ['main.ts'] }));
  expect(output(process.execPath, [join(typescript, 'bin/tsc'), '-p', project])).toBe('');
});

describe.each(['turbopack', 'webpack'])('Next.js by %s', (bundler) => {
  test('a route handler records an upload', async () => {
    const app = join(project, `next-${bundler}`);
    cpSync(join(sources, 'next'), app, { recursive: true });
    cpSync(join(sources, 'app.ts'), join(app, 'app/record.ts'));
    const env = { ...environment, REPOSITORY: repository, NEXT_TELEMETRY_DISABLED: '1' };
    output('npm', ['install', '--no-audit', '--no-fund'], { cwd: app });
    linkPackages(app);
    const next = join(app, 'node_modules/next/dist/bin/next');
    output(process.execPath, [next, 'build', `--${bundler}`], { cwd: app, env });

    const served = await serve([next, 'start', '--hostname', '127.0.0.1'], app, env);
    try {
      const body = JSON.stringify({ userId: environment.USER_ID });
      const response = await fetch(`${served.url}/api/uploads`, { method: 'POST', body });
      expect(await response.json()).toEqual(RECORDED);
    } finally {
      served.stop();
    }
  });
});
