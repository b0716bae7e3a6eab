import { defineConfig } from 'vitest/config';
import { patient } from '../../vitest.base.ts';

export default defineConfig({
  test: { ...patient, globalSetup: ['./test/support/servers.ts'], include: ['test/long/**/*.test.ts'] },
});
