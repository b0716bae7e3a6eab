import { defineConfig } from 'vitest/config';
import { patient } from '../../vitest.base.ts';

export default defineConfig({
  test: {
    ...patient,
    globalSetup: ['@app/local-postgres/vitest'],
    include: ['test/**/*.test.ts'],
    exclude: ['test/long/**'],
    // Most of a test's time goes into waiting: for locks, for processes, for the server.
    maxWorkers: 4,
  },
});
