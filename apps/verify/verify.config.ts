import { functionsFolder, migrationsFolder } from '@app/db/migrations';
import { readSqlObjects } from '@app/db/sql-objects';
import { defineConfig, loadTables } from '@app/verifier';
import { ACCESS } from './library/access.ts';
import { accessFunction } from './library/checks/accessFunction.ts';
import { behaviour } from './library/checks/behaviour.ts';
import { concurrency } from './library/checks/concurrency.ts';
import { counters } from './library/checks/counters.ts';
import { LEGACY_TABLES } from './library/checks/legacyTables.ts';
import { liveCounters } from './library/checks/liveCounters.ts';
import { prd } from './library/checks/prd.ts';
import { quotaFunction } from './library/checks/quotaFunction.ts';
import { loadLegacy } from './library/data/legacy.ts';
import { FILLED_AFTER, resizeLegacy } from './library/data/legacyVolume.ts';
import { addTestUsers } from './library/data/users.ts';
import { distributed } from './library/distributed.ts';

/** The media library's database: what `pnpm verify` proves. */
export default defineConfig({
  migrations: migrationsFolder,
  schemas: ['public', 'private'],
  drizzle: '../../packages/db/drizzle.config.ts',
  sqlObjects: readSqlObjects(functionsFolder).map(({ name, text }) => {
    return { file: `packages/db/src/functions/${name}.sql`, text };
  }),
  bootstrap: 'supabase',
  prior: { load: loadLegacy, resize: resizeLegacy, filledAfter: FILLED_AFTER },
  prepare: (_, superuser) => addTestUsers(superuser),
  tables: await loadTables(new URL('library/tables/', import.meta.url)),
  access: ACCESS,
  security: {
    served: ['public'],
    hidden: ['private'],
    clients: ['anon', 'authenticated'],
    services: ['service_role'],
    checkFunctions: ['private.is_media_type(text)', 'private.is_object_key(text)', 'private.is_upload_title(text)'],
  },
  subjects: [
    prd,
    quotaFunction,
    accessFunction,
    counters,
    behaviour,
    concurrency,
    { name: 'migrations', startsFrom: 'prior', database: 'each', checks: LEGACY_TABLES },
  ],
  live: [liveCounters()],
  variant: distributed,
});
