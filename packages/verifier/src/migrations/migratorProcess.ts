import { MigratorError, migrate } from '@app/migrator';

/** Runs migrations in a process that `interruptedRuns.ts` can kill. The only argument is the options as JSON. */
try {
  await migrate(JSON.parse(process.argv[2] ?? ''));
} catch (error) {
  if (!(error instanceof MigratorError)) throw error;
  process.stderr.write(`${error.code}: ${error.message}\n`);
  process.exitCode = error.exitCode;
}
