import type { Plan } from '../plan.ts';
import { formatProblem } from './problem.ts';
import { plural } from './text.ts';

/** A plan as lines of text: what is applied, what is pending, what is wrong. */
export function formatPlan(plan: Plan): string {
  const lines = plan.applied.map((it) => `  applied  ${it.tag}`);
  for (const it of plan.pending) {
    const notes = [
      it.transaction ? [] : ['no transaction'],
      it.outOfOrder ? ['out of order'] : [],
      it.statementsDone > 0 ? [`interrupted after ${plural(it.statementsDone, 'statement')}`] : [],
    ].flat();
    lines.push(`  pending  ${it.tag}${notes.length > 0 ? `  (${notes.join(', ')})` : ''}`);
  }
  const problems = plan.problems.length > 0 ? `, ${plural(plan.problems.length, 'problem')}` : '';
  lines.push(`${plan.applied.length} applied, ${plan.pending.length} pending${problems}`);
  return [...lines, ...plan.problems.map(formatProblem)].join('\n');
}
