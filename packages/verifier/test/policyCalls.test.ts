import { expect, test } from 'vitest';
import { perRowCallsIn } from '../src/security/policyRules.ts';

test.each([
  '(( SELECT auth.uid() AS uid) = user_id)',
  `(( SELECT ((current_setting('request.jwt.claims'::text, true))::jsonb ->> 'sub'::text)) = (user_id)::text)`,
  `(title = 'auth.uid() or ( SELECT'::text)`,
  'true',
])('%s has no call for each row', (expression) => {
  expect(perRowCallsIn(expression)).toEqual([]);
});

test.each([
  ['(auth.uid() = user_id)', ['auth.uid']],
  [`(user_id = (current_setting('app.user'::text))::uuid)`, ['current_setting']],
  ['( SELECT (auth.uid() = uploads.user_id))', ['auth.uid']],
  ['(EXISTS ( SELECT 1\n   FROM members m\n  WHERE (m.user_id = auth.uid())))', ['auth.uid']],
  [`(( SELECT auth.uid() AS uid) = user_id) AND (auth.role() = 'authenticated'::text)`, ['auth.role']],
])('%s has calls for each row', (expression, calls) => {
  expect(perRowCallsIn(expression)).toEqual(calls);
});
