import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: { globalSetup: ['./test/support/servers.ts'], testTimeout: 180_000, hookTimeout: 120_000 },
});
