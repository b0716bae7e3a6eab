import { defineConfig } from 'vitest/config';
import { patient } from '../../vitest.base.ts';

export default defineConfig({
  test: { ...patient, include: ['test/*.test.ts'] },
});
