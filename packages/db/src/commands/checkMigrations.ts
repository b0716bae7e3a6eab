import { doctor, formatProblem } from '@app/migrator';
import { Command } from 'commander';
import { readMigrations, snapshotFindings } from '../generate/migrationFiles.ts';
import { functionsFolder, migrationsFolder } from '../migrations.ts';
import { compareSqlObjects, readSqlObjects, sqlObjectsInMigrations } from '../sqlObjects.ts';
import { runTool } from './support/tools.ts';

const command = new Command('check:migrations')
  .description(
    'Checks the migrations folder without a database: journal, files, snapshots, and src/functions against them.',
  )
  .addHelpText('after', '\nExit codes: 0 no fault was found; 1 faults were found.')
  .parse();

function sqlObjectFindings(): string[] {
  const current = readSqlObjects(functionsFolder);
  const { changed, removed } = compareSqlObjects(current, sqlObjectsInMigrations(readMigrations(migrationsFolder)));
  const toDo = 'run: pnpm --filter db generate --name <what_changes>';
  return [
    ...changed.map(({ name }) => `src/functions/${name}.sql differs from its text in the migrations; ${toDo}`),
    ...removed.map((name) => `src/functions/${name}.sql is missing, but the migrations create it; ${toDo}`),
  ];
}

try {
  const problems = (await doctor(migrationsFolder)).map(formatProblem);
  // The other checks read files that a folder with problems may lack.
  const findings = problems.length > 0 ? problems : [...snapshotFindings(migrationsFolder), ...sqlObjectFindings()];
  if (findings.length > 0) throw new Error(findings.join('\n'));
  runTool('drizzle-kit', ['check'], 'quiet');
} catch (error) {
  command.error(error instanceof Error ? error.message : String(error), { exitCode: 1 });
}
console.log(`migrations: ${readMigrations(migrationsFolder).length} files, their journal and src/functions agree`);
