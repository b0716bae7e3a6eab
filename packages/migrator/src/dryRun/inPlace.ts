import type { PreparedFile, Run } from '../run/context.ts';
import { outsideTransactionOnly } from '../sql/classify.ts';
import { type DryStatement, facts, type Observed, observe } from './inTransaction.ts';
import { existingRelations } from './locks.ts';

/** Runs the files on the database itself, all in one transaction that is rolled back. */
export async function dryRunInPlace({ session }: Run, files: readonly PreparedFile[]): Promise<DryStatement[][]> {
  const existing = await existingRelations(session);
  let seen: Observed = { existing, held: [] };
  const all: DryStatement[][] = [];
  await session.run('begin');
  try {
    for (const { statements } of files) {
      const dry: DryStatement[] = [];
      for (const statement of statements) {
        const outside = outsideTransactionOnly(statement.node);
        if (outside) {
          dry.push({
            ...facts(statement),
            locks: [],
            note: `not run: ${outside} cannot run in a transaction; give a shadow database`,
          });
          continue;
        }
        const { held, ...observed } = await observe(session, statement, seen);
        seen = { existing, held };
        dry.push(observed);
      }
      all.push(dry);
    }
  } finally {
    if (!session.closed) await session.run('rollback');
  }
  return all;
}
