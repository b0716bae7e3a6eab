import type { Check } from '../../check.ts';
import type { PriorState } from '../../config.ts';
import { keptRows } from './keptRows.ts';
import { undisturbedRun } from './undisturbed.ts';

/** Rows to begin with, where they are not those of the prior state. */
export interface Amount {
  readonly rows: number;
  readonly resize: NonNullable<PriorState['resize']>;
}

/** Every table that was there holds what it held, column by column. */
export function sameRows(generated?: Amount): Check {
  const amount = generated === undefined ? '' : `, of ${generated.rows.toLocaleString('en')}`;
  return {
    name: `the rows that were there are the same afterwards${amount}`,
    fix: 'a migration changed or lost legacy rows: never update or delete them in one',
    prove: async (scene) => {
      if (generated === undefined) return (await undisturbedRun(scene)).kept;
      await generated.resize(scene, generated.rows);
      return await keptRows(scene);
    },
  };
}
