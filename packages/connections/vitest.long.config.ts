import { defineConfig } from 'vitest/config';
import { patient } from '../../vitest.base.ts';

export default defineConfig({
  test: { ...patient, include: ['test/long/**/*.test.ts'], globalSetup: ['@app/local-postgres/vitest'] },
});
