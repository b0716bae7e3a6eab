import type { Check } from '../check.ts';
import { callsForEachRow } from '../sql/policyCalls.ts';
import { type Lists, NO_FINDING, type SecurityRule } from './securityRule.ts';

export function policyRules({ everyone }: Lists): SecurityRule[] {
  return [
    {
      name: 'one permissive policy for a role and command',
      fix: 'make one policy of them: each one more is evaluated for every row',
      query: `SELECT format('%s by %s on %s', command, role::regrole, p.polrelid::regclass) AS what,
        CASE WHEN count(*) > 1 THEN string_agg(p.polname, ', ' ORDER BY p.polname) END AS found
      FROM pg_policy p
        CROSS JOIN unnest(CASE WHEN 0 = ANY (p.polroles) THEN ARRAY(SELECT r.oid FROM pg_roles r WHERE r.rolname IN ${everyone}) ELSE p.polroles END) AS role
        CROSS JOIN unnest(CASE p.polcmd WHEN '*' THEN '{r,a,w,d}' ELSE ARRAY[p.polcmd::text] END) AS command
      WHERE p.polpermissive GROUP BY p.polrelid, role, command`,
    },
    {
      name: 'no policy lets every row be written',
      fix: 'say whose rows in USING and WITH CHECK; service_role needs no policy',
      query: `SELECT p.polname || ' on ' || p.polrelid::regclass AS what,
        CASE WHEN p.polcmd <> 'r' AND p.polpermissive AND 'true' IN (
          coalesce(pg_get_expr(p.polqual, p.polrelid), ''), coalesce(pg_get_expr(p.polwithcheck, p.polrelid), '')
        ) THEN 'true' END AS found
      FROM pg_policy p`,
    },
  ];
}

/** auth.uid() and its kin cost a parse of the claims: once a statement is enough. */
export function perRowCalls(): Check {
  return {
    name: 'no policy asks who calls once for each row',
    fix: 'write (select auth.uid()), a scalar sub-select that depends on no row: it is evaluated once',
    prove: async ({ sql }) => {
      const policies = await sql<{ what: string; expressions: string }[]>`
        SELECT p.polname || ' on ' || p.polrelid::regclass AS what,
          concat_ws(' AND ', pg_get_expr(p.polqual, p.polrelid), pg_get_expr(p.polwithcheck, p.polrelid)) AS expressions
        FROM pg_policy p`;
      return policies.map(({ what, expressions }) => ({
        what,
        expected: NO_FINDING,
        actual: callsForEachRow(expressions).join(', ') || NO_FINDING,
      }));
    },
  };
}
