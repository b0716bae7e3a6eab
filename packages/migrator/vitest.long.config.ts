import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    globalSetup: ['@app/local-postgres/vitest'],
    include: ['test/long/**/*.test.ts'],
    testTimeout: 1_200_000,
    hookTimeout: 120_000,
  },
});
