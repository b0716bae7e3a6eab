import type { DryRunResult } from '../dryRun/dryRun.ts';

/** A dry run as SQL text, with the locks of each statement in comments above it. */
export function formatDryRun({ ranOn, files }: DryRunResult): string {
  if (ranOn === 'nothing') return '-- nothing to do';
  const where = ranOn === 'shadow' ? 'on the shadow database' : 'in a transaction that was rolled back';
  const lines = [`-- locks as taken ${where}; a lock is held to the end of its transaction`];
  for (const { tag, transaction, statements } of files) {
    lines.push('', `-- ${tag}${transaction ? '' : ' (no transaction)'}`);
    for (const { line, locks, note, sql } of statements) {
      lines.push(`-- line ${line}: ${describe(locks, note)}`, `${sql};`);
    }
  }
  return lines.join('\n');
}

function describe(
  locks: DryRunResult['files'][number]['statements'][number]['locks'],
  note: string | undefined,
): string {
  if (note !== undefined && locks.length === 0) return note;
  if (locks.length === 0) return 'no further lock';
  return locks.map(({ mode, relation }) => `${modeName(mode)} on ${relation}`).join(', ');
}

/** `AccessExclusiveLock` → `ACCESS EXCLUSIVE` */
function modeName(mode: string): string {
  return mode
    .replace(/Lock$/, '')
    .replace(/(?<=[a-z])(?=[A-Z])/g, ' ')
    .toUpperCase();
}
