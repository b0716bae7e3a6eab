import { databaseCommand, run } from './support/program.ts';
import { resolveTarget } from './support/target.ts';
import { runTool } from './support/tools.ts';

const command = databaseCommand(
  'studio',
  'Opens drizzle-kit studio on the database, until you end it with Ctrl-C.',
).option('--port <port>', 'where studio listens', '4983');

await run(command, async () => {
  const target = await resolveTarget();
  console.error(`Database: ${target.where}`);
  runTool('drizzle-kit', ['studio', '--port', command.opts<{ port: string }>().port], 'inherit', {
    DATABASE_URL: target.url,
  });
});
