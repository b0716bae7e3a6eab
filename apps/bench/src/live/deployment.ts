import { fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';

/** A message of the migrating process. */
export type Report =
  | { readonly state: 'ready' }
  | { readonly state: 'done'; readonly ms: number; readonly retries: number }
  | { readonly state: 'failed'; readonly reason: string };

export interface Deployed {
  readonly ms: number;
  /** Number of retries after a lock timeout. */
  readonly retries: number;
}

const TIMEOUT_MS = 600_000;

/** The runner, its folder and, for this project's migrator, the last migration to apply. */
export type Deployment = readonly ['ours' | 'drizzle', string, string?];

/** A process that is ready to migrate. It is killed on disposal. */
export interface Started extends Disposable {
  /** Starts the migration and waits for its end. @throws Error with the reason if it fails or takes ten minutes */
  begin(): Promise<Deployed>;
}

/** Starts a process as a deployment does, and waits until it has loaded its modules. */
export async function startDeployment(deployment: Deployment, url: string): Promise<Started> {
  const child = fork(
    fileURLToPath(new URL('./migration.ts', import.meta.url)),
    deployment.filter((it) => it !== undefined),
    { execArgv: ['--import', 'tsx/esm'], env: { ...process.env, DATABASE_URL: url }, timeout: TIMEOUT_MS },
  );
  const next = () =>
    new Promise<Report>((resolve, reject) => {
      child.once('message', (report) => resolve(report as Report));
      child.once('error', reject);
      child.once('exit', (code) => reject(new Error(`the migrating process ended with ${code}`)));
    });
  await next();
  return {
    begin: async () => {
      child.send('go');
      const report = await next();
      if (report.state === 'done') return { ms: report.ms, retries: report.retries };
      throw new Error(report.state === 'failed' ? report.reason : 'the migrating process spoke out of turn');
    },
    [Symbol.dispose]: () => {
      child.kill('SIGKILL');
    },
  };
}
