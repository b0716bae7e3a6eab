import { migrationsFolder } from '@app/db/migrations';
import * as drizzle from '@app/db/schema';
import { ACCESS } from './library/access.ts';
import { accessFunction } from './library/checks/accessFunction.ts';
import { behaviour } from './library/checks/behaviour.ts';
import { concurrency } from './library/checks/concurrency.ts';
import { counters } from './library/checks/counters.ts';
import { liveCounters } from './library/checks/liveCounters.ts';
import { nullFileKeys } from './library/checks/nullFileKeys.ts';
import { prd } from './library/checks/prd.ts';
import { quotaFunction } from './library/checks/quotaFunction.ts';
import { CHECK_EXAMPLES } from './library/data/examples.ts';
import { loadLegacy } from './library/data/legacy.ts';
import { FILLED_AFTER, resizeLegacy } from './library/data/legacyVolume.ts';
import { addProofUsers } from './library/data/people.ts';
import { SAMPLES } from './library/data/samples.ts';
import { SURVIVORS } from './library/data/survivors.ts';
import { fillWithVolume, INDEX_QUERIES } from './library/data/volume.ts';
import { defineConfig } from './src/config.ts';

/** The media library's database: what `pnpm verify` proves. */
export default defineConfig({
  migrations: migrationsFolder,
  schemas: ['public', 'private'],
  drizzle,
  bootstrap: 'supabase',
  prior: { load: loadLegacy, resize: resizeLegacy, filledAfter: FILLED_AFTER },
  prepare: (_, superuser) => addProofUsers(superuser),
  samples: SAMPLES,
  examples: CHECK_EXAMPLES,
  volume: { fill: fillWithVolume, queries: INDEX_QUERIES },
  access: ACCESS,
  security: {
    served: ['public'],
    hidden: ['private'],
    clients: ['anon', 'authenticated'],
    services: ['service_role'],
  },
  survivors: SURVIVORS,
  proofs: [
    prd,
    quotaFunction,
    accessFunction,
    counters,
    behaviour,
    concurrency,
    { name: 'migrations', startsFrom: 'legacy', database: 'each', checks: [nullFileKeys()] },
  ],
  live: [liveCounters],
});
