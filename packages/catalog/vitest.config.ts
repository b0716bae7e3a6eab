import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: { globalSetup: ['./test/support/servers.ts'], testTimeout: 30_000, hookTimeout: 60_000 },
});
