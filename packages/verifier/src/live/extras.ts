import type { CatalogObject, Difference } from '@app/catalog';
import type { CheckResult } from '../check.ts';
import { listed, resultsOf } from '../compare/results.ts';

const { failed, passed } = resultsOf('extra');

/** Objects that no migration made, by kind: a note, and with `strict` a failure. */
export function extraResults(
  extras: readonly CatalogObject[],
  platform: readonly Difference[],
  strict: boolean,
): CheckResult[] {
  const kinds = [...new Set(extras.map(({ kind }) => kind))];
  const lines = kinds.map((kind) => {
    const identities = extras.filter((object) => object.kind === kind).map(({ identity }) => identity);
    return { kind, text: `${identities.length} ${kind}: ${listed(identities)}` };
  });
  const others = platform.map(({ kind, identity, change }) => `${change} ${kind} ${identity}`);
  const platformNotice = others.length === 0 ? [] : [`other than on our own server of that kind: ${listed(others)}`];
  if (strict && lines.length > 0) {
    const differences = lines.map(({ kind, text }) => ({ what: kind, expected: 'only ours', actual: text }));
    return [failed('nothing but ours', 'Drop it, bring it into the migrations, or leave out --strict.', differences)];
  }
  const notices = [...lines.map(({ text }) => `not ours: ${text}`), ...platformNotice];
  return [passed(strict ? 'nothing but ours' : 'what is there beside ours is reported', 1, notices)];
}
