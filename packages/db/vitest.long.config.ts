import { configDefaults, defineConfig } from 'vitest/config';
import { patient } from '../../vitest.base.ts';
import { isInstalled } from './test/support/pgbouncer.ts';

/** The service's own tests once more, through a transaction pooler. Those of failing servers and networks need the direct way. */
export default defineConfig({
  test: {
    ...patient,
    include: ['test/long/**/*.test.ts', ...(isInstalled ? ['test/service/**/*.test.ts'] : [])],
    exclude: [...configDefaults.exclude, 'test/service/network.test.ts'],
    globalSetup: ['./test/support/poolers.ts'],
    maxWorkers: 2,
  },
});
