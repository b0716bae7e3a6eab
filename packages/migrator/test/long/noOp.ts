/**
 * Measures a run that has nothing to do: ours against drizzle's migrate() in one process, and whole processes of ours
 * against drizzle-kit migrate, in turns. Run: pnpm --filter @app/migrator measure:no-op. Medians in milliseconds.
 */
import { execFileSync } from 'node:child_process';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { createDatabase, startThrowawayServer } from '@app/local-postgres';
import { drizzle } from 'drizzle-orm/postgres-js';
import { migrate as drizzleMigrate } from 'drizzle-orm/postgres-js/migrator';
import postgres from 'postgres';
import { migrate } from '../../src/index.ts';
import { drizzleKitMigrate } from '../support/drizzleKit.ts';
import { makeFolder } from '../support/folder.ts';
import { sample } from '../support/sample.ts';

const folder = makeFolder(sample);
const server = await startThrowawayServer();
const { url } = await createDatabase(server);
await migrate({ folder, url });

async function viaDrizzle(): Promise<void> {
  const sql = postgres(url, { max: 1, onnotice: () => undefined });
  await drizzleMigrate(drizzle(sql), { migrationsFolder: folder });
  await sql.end();
}

async function compare(name: string, rounds: number, ways: Record<string, () => unknown>): Promise<void> {
  const times = new Map<string, number[]>();
  for (let round = 0; round < rounds; round++) {
    for (const [way, run] of Object.entries(ways)) {
      const started = performance.now();
      await run();
      // The first round warms caches up.
      if (round > 0) times.set(way, [...(times.get(way) ?? []), performance.now() - started]);
    }
  }
  for (const [way, list] of times) {
    const sorted = list.sort((a, b) => a - b);
    console.log(`${name}: ${way} ${(sorted[sorted.length >> 1] ?? 0).toFixed(1)}`);
  }
}

await compare('in process', 60, { ours: () => migrate({ folder, url }), "drizzle's migrate()": viaDrizzle });

const here = dirname(fileURLToPath(import.meta.url));
const node = (...args: string[]) =>
  execFileSync(process.execPath, args, { stdio: 'ignore', cwd: join(here, '..', '..') });
const kit = drizzleKitMigrate(url, folder);
await compare('whole process', 11, {
  ours: () => node('--import', 'tsx/esm', join(here, '..', 'support', 'childMain.ts'), JSON.stringify({ folder, url })),
  'drizzle-kit migrate': () => node(...kit),
});
await server.stop();
