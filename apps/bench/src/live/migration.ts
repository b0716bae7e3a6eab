// A deployment during the load: loads its modules, reports that, and migrates on request.
import { type MigratorEvent, migrate } from '@app/migrator';
import { libraries } from '../migrators/library.ts';
import type { Report } from './deployment.ts';

const [, , runner = '', folder = '', to] = process.argv;
const url = process.env.DATABASE_URL ?? '';

process.once('message', async () => {
  const started = performance.now();
  let retries = 0;
  const onEvent = ({ type }: MigratorEvent) => {
    if (type === 'retrying') retries += 1;
  };
  try {
    if (runner === 'ours') await migrate({ url, folder, onEvent, ...(to && { to }) });
    else await libraries.drizzle(url, folder);
    say({ state: 'done', ms: performance.now() - started, retries });
  } catch (error) {
    say({ state: 'failed', reason: error instanceof Error ? error.message : String(error) });
  }
  process.disconnect();
});
say({ state: 'ready' });

function say(report: Report): void {
  process.send?.(report);
}
