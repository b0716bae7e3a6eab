import type { Check } from '../../check.ts';
import type { PriorState } from '../../config.ts';
import { runMigrations } from '../../sql/migration.ts';
import { contents, heldTables } from '../../sql/rows.ts';

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
      await generated?.resize(scene, generated.rows);
      const tables = await heldTables(scene.superuser);
      const before = await contents(scene.superuser, tables);
      const { outcome } = await runMigrations(scene);
      const after = await contents(scene.superuser, tables);
      const compared = tables.map(({ table }, index) => ({
        what: table,
        expected: before[index] ?? 'not read',
        actual: after[index] ?? 'not there',
      }));
      return [{ what: 'the run', expected: 'done', actual: outcome }, ...compared];
    },
  };
}
