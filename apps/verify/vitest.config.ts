import { configDefaults, defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    globalSetup: ['./test/support/server.ts'],
    exclude: [...configDefaults.exclude, 'test/long/**'],
    testTimeout: 180_000,
    hookTimeout: 120_000,
  },
});
