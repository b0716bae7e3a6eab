import { MigratorError, migrate } from '../../src/index.ts';

try {
  console.log(JSON.stringify(await migrate(JSON.parse(process.argv[2] ?? ''))));
} catch (error) {
  if (!(error instanceof MigratorError)) throw error;
  console.log(JSON.stringify(error));
  process.exitCode = error.exitCode;
}
