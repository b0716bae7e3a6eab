import { Command } from 'commander';
import { LocalPostgresError } from '../errors.ts';
import { DEFAULT_DIRECTORY, findKeptServer, startKeptServer, stopKeptServer } from '../kept.ts';

const NOT_RUNNING = 3;
const FAILED = 2;

const program = new Command('local-postgres')
  .description('Manages the PostgreSQL server for development in .local/postgres.')
  .option('--directory <path>', 'the folder of the server', DEFAULT_DIRECTORY)
  .addHelpText(
    'after',
    `\nExit status: 0 done, ${NOT_RUNNING} the server is not running, ${FAILED} the command failed.`,
  );

program.exitOverride((stop) => process.exit(stop.exitCode === 0 ? 0 : FAILED));

const directory = () => program.opts<{ directory: string }>().directory;

program
  .command('start')
  .description('start the server, unless it is running')
  .action(async () => {
    const server = await startKeptServer({ directory: directory() });
    console.log(`${server.attached ? 'Already running' : 'Started'}: ${describe(server)}.`);
  });

program
  .command('stop')
  .description('stop the server; its data is kept')
  .action(async () => {
    console.log((await stopKeptServer(directory())) ? 'Stopped.' : 'The server was not running.');
  });

program
  .command('status')
  .description('print whether and where the server runs')
  .action(() => {
    const server = findKeptServer(directory());
    console.log(server ? `Running: ${describe(server)}.` : 'Not running.');
    if (!server) process.exitCode = NOT_RUNNING;
  });

program
  .command('url')
  .description('print the connection string, with the password')
  .action(() => {
    const server = findKeptServer(directory());
    if (server) console.log(server.url());
    else process.exitCode = NOT_RUNNING;
  });

function describe(server: { host: string; port: number; major: number; pid: number }): string {
  return `PostgreSQL ${server.major} on ${server.host}:${server.port}, process ${server.pid}`;
}

try {
  await program.parseAsync();
} catch (error) {
  if (!(error instanceof LocalPostgresError)) throw error;
  console.error(error.message);
  process.exitCode = FAILED;
}
