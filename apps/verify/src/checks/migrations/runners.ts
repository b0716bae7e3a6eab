import type { Check } from '../../check.ts';
import { journalOf, runMigrations } from '../../sql/migration.ts';
import { endsUndisturbed } from './undisturbed.ts';

const RUNNERS = 8;

export function runnersAtOnce(): Check {
  return {
    name: `${RUNNERS} runners at once apply each file once`,
    fix: 'the runner must hold its advisory lock from before it reads the ledger until the last file is recorded',
    prove: async (scene) => {
      const runs = await Promise.all(Array.from({ length: RUNNERS }, () => runMigrations(scene)));
      const files = await journalOf(scene.migrationsFolder);
      const applied = runs.flatMap((run) => run.applied).toSorted();
      const outcomes = runs.map(({ outcome }) => outcome);
      return [
        { what: 'the runs', expected: 'done', actual: [...new Set(outcomes)].join('\n') },
        { what: 'files applied', expected: sortedTags(files).join('\n'), actual: applied.join('\n') },
        ...(await endsUndisturbed(scene, 'the end')),
      ];
    },
  };
}

function sortedTags(files: readonly { readonly tag: string }[]): string[] {
  return files.map(({ tag }) => tag).toSorted();
}
