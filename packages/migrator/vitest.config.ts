import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    globalSetup: ['@app/local-postgres/vitest'],
    include: ['test/**/*.test.ts'],
    exclude: ['test/long/**'],
    // Most of a test's time goes into waiting: for locks, for processes, for the server.
    maxWorkers: 4,
    isolate: false,
    testTimeout: 180_000,
    hookTimeout: 120_000,
  },
});
