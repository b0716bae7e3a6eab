import { expect, test } from 'vitest';
import { verify } from '../../src/verify.ts';
import config from '../../verify.config.ts';

test('access, security and counters are proved on plain PostgreSQL as well', async () => {
  const { results, totals } = await verify({ config, only: ['access', 'security', 'counters'], bootstrap: 'plain' });
  expect(results.filter(({ status }) => status !== 'passed')).toEqual([]);
  expect(new Set(results.map(({ subject }) => subject))).toEqual(new Set(['access', 'security', 'counters']));
  expect(totals.passed).toBe(results.length);
});
