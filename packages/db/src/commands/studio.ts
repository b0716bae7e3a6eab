import { once } from 'node:events';
import { createServer } from 'node:net';
import { MigratorError } from '@app/migrator/commands';
import { InvalidArgumentError } from 'commander';
import { databaseCommand, run } from './support/program.ts';
import { resolveTarget } from './support/target.ts';
import { runTool } from './support/tools.ts';

const command = databaseCommand(
  'studio',
  'Runs drizzle-kit studio on the database until Ctrl-C. Its page comes from local.drizzle.studio: a browser without internet\naccess cannot open it.',
).option('--port <port>', 'port that studio listens on, 1 to 65535', port, 4983);

await run(command, async () => {
  const chosen = command.opts<{ port: number }>().port;
  await assertFree(chosen);
  const target = await resolveTarget();
  console.error(`Database: ${target.where}`);
  runTool('drizzle-kit', ['studio', '--port', String(chosen)], 'inherit', { DATABASE_URL: target.url });
});

function port(value: string): number {
  const number = Number(value);
  if (/^\d+$/.test(value) && number >= 1 && number <= 65_535) return number;
  throw new InvalidArgumentError('A port is a whole number from 1 to 65535.');
}

/** Refuses a port that is in use, on which drizzle-kit would fail with a stack trace. */
async function assertFree(port: number): Promise<void> {
  const server = createServer();
  try {
    server.listen(port, '127.0.0.1');
    await once(server, 'listening');
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException;
    const message = `studio cannot listen on port ${port} (${code}): stop the process that uses it, or choose another port with --port.`;
    throw new MigratorError('BAD_OPTIONS', message, {}, cause);
  }
  server.close();
  await once(server, 'close');
}
