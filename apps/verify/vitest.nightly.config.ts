import { defineConfig } from 'vitest/config';
import long from './vitest.long.config.ts';

/** The long tests that install packages or take minutes each; CI runs them at night. */
export default defineConfig({ test: { ...long.test, include: ['test/nightly/**/*.test.ts'] } });
