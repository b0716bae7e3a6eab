import { expect, test } from 'vitest';
import { access } from '../src/checks/access.ts';
import { counters } from '../src/checks/counters.ts';
import { security } from '../src/checks/security.ts';
import { verify } from '../src/verify.ts';

test('access, security and counters are proved on plain PostgreSQL as well', async () => {
  const { results, totals } = await verify({ subjects: [access, security, counters], bootstrap: 'plain' });
  expect(results.filter(({ status }) => status !== 'passed')).toEqual([]);
  expect(totals.passed).toBe(access.checks.length + security.checks.length + counters.checks.length);
});
