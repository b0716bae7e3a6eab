import type { Check } from '../check.ts';
import { NO_FINDING, type SecurityRule, type SqlLists } from './securityRule.ts';

export function policyRules({ roles }: SqlLists): SecurityRule[] {
  return [
    {
      name: 'one permissive policy for a role and command',
      fix: 'merge the policies: each of them is evaluated for every row',
      query: `SELECT format('%s by %s on %s', command, role::regrole, p.polrelid::regclass) AS what,
        CASE WHEN count(*) > 1 THEN string_agg(p.polname, ', ' ORDER BY p.polname) END AS found
      FROM pg_policy p
        CROSS JOIN unnest(CASE WHEN 0 = ANY (p.polroles) THEN ARRAY(SELECT r.oid FROM pg_roles r WHERE r.rolname IN ${roles}) ELSE p.polroles END) AS role
        CROSS JOIN unnest(CASE p.polcmd WHEN '*' THEN '{r,a,w,d}' ELSE ARRAY[p.polcmd::text] END) AS command
      WHERE p.polpermissive GROUP BY p.polrelid, role, command`,
    },
    {
      name: 'no policy lets every row be written',
      fix: 'restrict USING and WITH CHECK to the rows of the caller; service_role needs no policy',
      query: `SELECT p.polname || ' on ' || p.polrelid::regclass AS what,
        CASE WHEN p.polcmd <> 'r' AND p.polpermissive AND 'true' IN (
          coalesce(pg_get_expr(p.polqual, p.polrelid), ''), coalesce(pg_get_expr(p.polwithcheck, p.polrelid), '')
        ) THEN 'true' END AS found
      FROM pg_policy p`,
    },
  ];
}

/** auth.uid() and similar functions parse the claims at each call. One call for a statement is enough. */
export function perRowCallsCheck(): Check {
  return {
    name: 'no policy calls auth.* or current_setting for each row',
    fix: 'write (select auth.uid()), a scalar sub-select that depends on no row: it is evaluated once',
    prove: async ({ sql }) => {
      const policies = await sql<{ what: string; expressions: string }[]>`
        SELECT p.polname || ' on ' || p.polrelid::regclass AS what,
          concat_ws(' AND ', pg_get_expr(p.polqual, p.polrelid), pg_get_expr(p.polwithcheck, p.polrelid)) AS expressions
        FROM pg_policy p`;
      return policies.map(({ what, expressions }) => ({
        what,
        expected: NO_FINDING,
        actual: perRowCallsIn(expressions).join(', ') || NO_FINDING,
      }));
    },
  };
}

/** The content of a pair of parentheses. */
interface Group {
  isSelect: boolean;
  /** It reads a table, or a column of the policy's row. */
  dependsOnRows: boolean;
  readonly calls: string[];
}

// Literals and quoted names come first, so that no word in them matches.
const TOKENS =
  /'(?:[^']|'')*'|"(?:[^"]|"")*"|[()]|\bSELECT\b|\bFROM\b|\b(?:auth\.\w+|current_setting)(?=\()|\b\w+\.\w+\b(?!\()/g;

/** The calls of auth.* and current_setting that an expression, as PostgreSQL prints it, makes for each row. */
export function perRowCallsIn(expression: string): string[] {
  const root: Group = { isSelect: false, dependsOnRows: true, calls: [] };
  const groups = [root];
  for (const [token] of expression.matchAll(TOKENS)) {
    const group = groups.at(-1) ?? root;
    if (token === '(') groups.push({ isSelect: false, dependsOnRows: false, calls: [] });
    else if (token === ')') closeGroup(groups);
    else if (token === 'SELECT') group.isSelect = true;
    else if (/^(auth\.|current_setting$)/.test(token)) group.calls.push(token);
    else if (!/^['"]/.test(token)) group.dependsOnRows = true;
  }
  return root.calls;
}

/** A sub-select that depends on no row makes its calls once. Any other group passes its calls and its dependence on to its parent. */
function closeGroup(groups: Group[]): void {
  const [closed, parent] = [groups.pop(), groups.at(-1)];
  if (closed === undefined || parent === undefined) return;
  if (closed.isSelect && !closed.dependsOnRows) return;
  parent.calls.push(...closed.calls);
  parent.dependsOnRows ||= closed.dependsOnRows;
}
