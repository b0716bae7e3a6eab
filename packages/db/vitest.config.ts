import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    globalSetup: ['@app/local-postgres/vitest'],
    testTimeout: 30_000,
    hookTimeout: 60_000,
  },
});
