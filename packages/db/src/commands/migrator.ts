import { createProgram } from '@app/migrator/commands';
import { migrationsFolder } from '../migrations.ts';
import { withShadow } from './support/shadow.ts';
import { resolveTarget } from './support/target.ts';

/** The migrator's command, with this package's folder, database and throwaway server filled in. */
const program = createProgram({
  name: 'db',
  folder: migrationsFolder,
  database: resolveTarget,
  withShadow,
  statusNotes: async (url) => (await import('../clientRights.ts')).rightsNotes(url),
  beforeApplying: async (query) => (await import('../requirements.ts')).assertRequirements(query),
});

await program.parseAsync();
