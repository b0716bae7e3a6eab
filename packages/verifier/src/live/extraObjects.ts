import { type CatalogObject, type Difference, groupBy } from '@app/catalog';
import type { CheckResult } from '../check.ts';
import { firstItems, resultsOf } from '../results.ts';

const { failedResult, passedResult } = resultsOf('extra');

/** Objects that no migration made, by kind: notices, or with `strict` a failure. */
export function extraResults(
  extras: readonly CatalogObject[],
  platform: readonly Difference[],
  strict: boolean,
): CheckResult[] {
  const kinds = [...groupBy(extras, ({ kind }) => kind)].map(([kind, objects]) => {
    return { kind, text: `${objects.length} ${kind}: ${firstItems(objects.map(({ identity }) => identity))}` };
  });
  if (strict && kinds.length > 0) {
    const differences = kinds.map(({ kind, text }) => ({ what: kind, expected: 'no extra object', actual: text }));
    const fix = 'Drop the objects, create them in a migration, or leave out --strict.';
    return [failedResult('every object is made by a migration', fix, differences)];
  }
  const changed = platform.map(({ kind, identity, change }) => `${change} ${kind} ${identity}`);
  const notices = [
    ...kinds.map(({ text }) => `made by no migration: ${text}`),
    ...(changed.length === 0 ? [] : [`differs from a new server of that kind: ${firstItems(changed)}`]),
  ];
  return [passedResult(strict ? 'every object is made by a migration' : 'extra objects are listed', 1, notices)];
}
