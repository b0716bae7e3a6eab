import { configDefaults, defineConfig } from 'vitest/config';
import { patient } from '../../vitest.base.ts';

export default defineConfig({
  test: {
    ...patient,
    globalSetup: ['./test/support/servers.ts'],
    exclude: [...configDefaults.exclude, 'test/long/**'],
  },
});
