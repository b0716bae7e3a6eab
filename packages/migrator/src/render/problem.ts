import type { Problem } from '../problems.ts';

/** A problem as lines of text: what and where, then what was expected, what was found, and what to do. */
export function formatProblem(problem: Problem): string {
  const lines = [`${problem.severity}: ${problem.file}: ${problem.message}  [${problem.kind}]`];
  if (problem.expected !== undefined) lines.push(`  expected: ${problem.expected}`);
  if (problem.found !== undefined) lines.push(`  found:    ${problem.found}`);
  lines.push(`  to do:    ${problem.remedy}`);
  return lines.join('\n');
}
