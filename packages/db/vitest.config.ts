import { configDefaults, defineConfig } from 'vitest/config';
import { patient } from '../../vitest.base.ts';

export default defineConfig({
  test: {
    ...patient,
    include: ['test/**/*.test.ts'],
    exclude: [...configDefaults.exclude, 'test/{long,nightly,distributed}/**'],
    globalSetup: ['@app/local-postgres/vitest'],
    // Most of a test's time is the server's: with two cores, one worker would leave one of them idle.
    maxWorkers: 2,
  },
});
