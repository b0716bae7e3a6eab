import { MigratorError, migrate } from '@app/migrator';

/** A run in a process of its own: its options as JSON are the only argument. See `endedRun.ts`. */
try {
  await migrate(JSON.parse(process.argv[2] ?? ''));
} catch (error) {
  if (!(error instanceof MigratorError)) throw error;
  process.stderr.write(`${error.code}: ${error.message}\n`);
  process.exitCode = error.exitCode;
}
