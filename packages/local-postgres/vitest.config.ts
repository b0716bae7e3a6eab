import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: { globalSetup: ['@app/local-postgres/vitest'], maxWorkers: 2, testTimeout: 60_000, hookTimeout: 60_000 },
});
