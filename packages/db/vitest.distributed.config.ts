import { configDefaults, defineConfig } from 'vitest/config';
import { patient } from '../../vitest.base.ts';

/** On Citus where CITUS_URL names a coordinator: what a distributed database promises, and the service's own tests. */
export default defineConfig({
  test: {
    ...patient,
    include: ['test/distributed/**/*.test.ts', 'test/service/**/*.test.ts'],
    exclude: [...configDefaults.exclude, 'test/service/{network,replicas}.test.ts'],
    globalSetup: ['./test/support/cluster.ts'],
    setupFiles: ['./test/support/notOnShards.ts'],
    maxWorkers: 2,
  },
});
