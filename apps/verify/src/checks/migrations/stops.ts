import type { Check, Observation, Scene } from '../../check.ts';
import { journalOf, runMigrations } from '../../sql/migration.ts';
import { endsUndisturbed } from './undisturbed.ts';

const FIX = 'a file depends on those before it having been applied in the same run: make it read the database instead';

/** One run for each file. */
export function fileByFile(): Check {
  return {
    name: 'a run for each file ends where one run of all ends',
    fix: FIX,
    prove: async (scene) => {
      const observations: Observation[] = [];
      for (const { tag } of await journalOf(scene.migrationsFolder))
        observations.push(...(await stopAt(scene, tag, [tag])));
      return [...observations, ...(await endsUndisturbed(scene, 'the end'))];
    },
  };
}

/** Two runs: up to each file in turn, and from there to the end. */
export function everyStop(): Check {
  return {
    name: 'a run that goes on after any stop ends where one run of all ends',
    fix: FIX,
    prove: async ({ migrationsFolder, beside }) => {
      const tags = (await journalOf(migrationsFolder)).map(({ tag }) => tag);
      const observations: Observation[] = [];
      for (const [index, tag] of tags.entries()) {
        await using scene = await beside('legacy');
        observations.push(
          ...(await stopAt(scene, tag, tags.slice(0, index + 1))),
          ...(await stopAt(scene, undefined, tags.slice(index + 1))),
          ...(await endsUndisturbed(scene, `after a stop at ${tag}`)),
        );
      }
      return observations;
    },
  };
}

async function stopAt(scene: Scene, to: string | undefined, expected: readonly string[]): Promise<Observation[]> {
  const { outcome, applied } = await runMigrations(scene, to === undefined ? {} : { to });
  const what = to === undefined ? 'the run to the end' : `the run to ${to}`;
  return [
    { what, expected: 'done', actual: outcome },
    { what: `${what}: files`, expected: expected.join('\n'), actual: applied.join('\n') },
  ];
}
