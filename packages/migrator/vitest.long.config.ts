import { defineConfig } from 'vitest/config';
import { patient } from '../../vitest.base.ts';

export default defineConfig({
  test: {
    ...patient,
    globalSetup: ['@app/local-postgres/vitest'],
    include: ['test/long/**/*.test.ts'],
    maxWorkers: 2,
    // A matrix of crashes is one test.
    testTimeout: 1_200_000,
  },
});
