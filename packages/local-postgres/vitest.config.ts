import { configDefaults, defineConfig } from 'vitest/config';
import { patient } from '../../vitest.base.ts';

export default defineConfig({
  test: {
    ...patient,
    globalSetup: ['@app/local-postgres/vitest'],
    exclude: [...configDefaults.exclude, 'test/long/**'],
    maxWorkers: 2,
  },
});
