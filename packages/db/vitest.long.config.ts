import { defineConfig } from 'vitest/config';
import { patient } from '../../vitest.base.ts';

export default defineConfig({
  test: {
    ...patient,
    include: ['test/long/**/*.test.ts'],
    maxWorkers: 1,
  },
});
