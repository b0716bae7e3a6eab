import { Command } from 'commander';
import { LocalPostgresError } from '../errors.ts';
import { DEFAULT_DIRECTORY, findKeptServer, startKeptServer, stopKeptServer } from '../kept.ts';

const NOT_RUNNING = 3;
const COULD_NOT_RUN = 2;

const program = new Command('local-postgres')
  .description('Manages the PostgreSQL server for development in .local/postgres.')
  .option('--directory <path>', 'the folder of the server', DEFAULT_DIRECTORY)
  .addHelpText(
    'after',
    `\nExit status: 0 done, ${NOT_RUNNING} the server does not run, ${COULD_NOT_RUN} the command failed.`,
  );

program.exitOverride((stop) => process.exit(stop.exitCode === 0 ? 0 : COULD_NOT_RUN));

const directory = () => program.opts<{ directory: string }>().directory;

program
  .command('start')
  .description('start the server, or attach to it if it runs')
  .action(async () => {
    const server = await startKeptServer({ directory: directory() });
    console.log(`${server.attached ? 'Runs already' : 'Started'}: ${place(server)}.`);
  });

program
  .command('stop')
  .description('stop the server; its data is kept')
  .action(async () => {
    console.log((await stopKeptServer(directory())) ? 'Stopped.' : 'It did not run.');
  });

program
  .command('status')
  .description('print whether and where the server runs')
  .action(() => {
    const server = findKeptServer(directory());
    console.log(server ? `Runs: ${place(server)}.` : 'Does not run.');
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

function place(server: { host: string; port: number; major: number; pid: number }): string {
  return `PostgreSQL ${server.major} on ${server.host}:${server.port}, process ${server.pid}`;
}

try {
  await program.parseAsync();
} catch (error) {
  if (!(error instanceof LocalPostgresError)) throw error;
  console.error(error.message);
  process.exitCode = COULD_NOT_RUN;
}
