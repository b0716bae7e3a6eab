import {
  type Catalog,
  type CatalogKind,
  type CatalogObject,
  type Difference,
  diffCatalogs,
  objectKey,
} from '@app/catalog';
import type { CheckResult, Observation } from '../check.ts';
import { aspectsThatDiffer } from './aspects.ts';
import { partsOf } from './belongings.ts';
import { fixOfChanged, fixOfExtra, fixOfMissing } from './fixes.ts';
import { ownerOf, swapRoles } from './owners.ts';
import { resultsOf } from './results.ts';
import type { Shadow } from './shadow.ts';

const { passed, failed } = resultsOf('drift');

export interface Drift {
  /** What of ours is not as the migrations make it, object by object; a line for each kind that is. */
  readonly results: readonly CheckResult[];
  /** What is in our schemas and belongs to no object of ours: theirs. */
  readonly extras: readonly CatalogObject[];
  /** Where what was there before the first migration is another on the two servers: the platform's business. */
  readonly platform: readonly Difference[];
  /** What the migrations make, with the names of the live database's roles. */
  readonly expected: Catalog;
}

/** Compares the live database with the shadow. The shadow's owner goes by the name of the live tables' owner. */
export function driftOf(shadow: Shadow, live: Catalog, liveMajor: number): Drift {
  const before = new Map(shadow.before.objects.map((object) => [objectKey(object), object]));
  const isOurs = (object: CatalogObject) => {
    const former = before.get(objectKey(object));
    return former === undefined || former.definition !== object.definition || former.owner !== object.owner;
  };
  const tables = new Set(shadow.after.objects.filter(isOurs).map(({ identity }) => identity));
  const [theirs, shadows] = [ownerOf(live, tables), ownerOf(shadow.after, tables)];
  const rename = (catalog: Catalog) =>
    theirs === undefined || shadows === undefined ? catalog : swapRoles(catalog, shadows, theirs);
  const ours = new Set(rename({ objects: shadow.after.objects.filter(isOurs) }).objects.map(objectKey));
  const expected = rename(shadow.after);
  const comparison = compare(expected, live, ours, shadow.major !== liveMajor);
  return { ...comparison, results: [...comparison.findings, ...asExpected(expected, ours, comparison)], expected };
}

interface Comparison {
  readonly findings: readonly CheckResult[];
  readonly extras: readonly CatalogObject[];
  readonly platform: readonly Difference[];
  /** Keys of the objects of ours that differ. */
  readonly differing: ReadonlySet<string>;
}

function compare(expected: Catalog, live: Catalog, ours: ReadonlySet<string>, acrossVersions: boolean): Comparison {
  const [wanted, found] = [byKey(expected), byKey(live)];
  const differences = new Map(
    diffCatalogs(expected, live, { acrossVersions }).map((difference) => [objectKey(difference), difference]),
  );
  const ownersOf = partsOf(expected, live);
  const findings: CheckResult[] = [];
  const extras: CatalogObject[] = [];
  const platform: Difference[] = [];
  for (const [key, difference] of differences) {
    const object = wanted.get(key) ?? found.get(key);
    if (object === undefined) continue;
    const owners = ownersOf(object);
    // With its table a column is missing too, with its constraint an index: to say it once is enough.
    if (owners.some((owner) => explains(differences.get(owner), difference))) continue;
    if (owners.some((owner) => isOwnersGrant(object, wanted.get(owner), found.get(owner)))) continue;
    if (ours.has(key)) findings.push(findingOf(difference, wanted.get(key), found.get(key)));
    else if (difference.change !== 'extra' || object.kind === 'default privilege' || object.kind === 'extension')
      platform.push(difference);
    else if (changesAnswers(object) && owners.some((owner) => ours.has(owner))) findings.push(extraFinding(object));
    else if (object.kind === 'grant' && owners.some((owner) => wanted.has(owner))) platform.push(difference);
    else extras.push(object);
  }
  const differing = new Set([...differences.keys()].filter((key) => ours.has(key)));
  return { findings, extras, platform, differing };
}

/** What comes and goes with its owner; a constraint's index changes with it in whatever way. */
function explains(owner: Difference | undefined, part: Difference): boolean {
  if (owner === undefined) return false;
  if (owner.kind === 'constraint' && part.kind === 'index') return true;
  return owner.change !== 'changed' && owner.change === part.change;
}

/** With another owner, what the owner holds on its own changes hands. */
function isOwnersGrant(grant: CatalogObject, expected?: CatalogObject, actual?: CatalogObject): boolean {
  if (grant.kind !== 'grant' || expected?.owner === actual?.owner) return false;
  return grant.grantee === expected?.owner || grant.grantee === actual?.owner;
}

/** On a table of ours: an index that is not unique, statistics and comments change no statement's outcome. */
function changesAnswers(object: CatalogObject): boolean {
  if (object.kind === 'index') return object.unique;
  return object.kind !== 'statistics' && object.kind !== 'comment';
}

function findingOf(
  difference: Difference,
  expected: CatalogObject | undefined,
  actual: CatalogObject | undefined,
): CheckResult {
  const { kind, identity, change } = difference;
  const name = `${change}: ${kind} ${identity}`;
  if (expected === undefined) throw new Error(`${name} is none of ours`);
  if (actual !== undefined)
    return failed(name, fixOfChanged(expected, actual), aspectsThatDiffer(difference, expected, actual));
  const what = expected.kind === 'grant' ? `${expected.privileges.join(', ')} for ${expected.grantee}` : kind;
  return failed(name, fixOfMissing(expected), [{ what, expected: expected.definition, actual: 'there is none' }]);
}

function extraFinding(actual: CatalogObject): CheckResult {
  const observation: Observation =
    actual.kind === 'grant'
      ? {
          what: `${actual.privileges.join(', ')} opened to ${actual.grantee}`,
          expected: 'no grant',
          actual: actual.definition,
        }
      : { what: actual.kind, expected: 'none of that name', actual: actual.definition };
  return failed(`extra: ${actual.kind} ${actual.identity}`, fixOfExtra(actual), [observation]);
}

/** A line for each kind of which something is as it should be. */
function asExpected(expected: Catalog, ours: ReadonlySet<string>, { differing }: Comparison): CheckResult[] {
  const counts = new Map<CatalogKind, { total: number; same: number }>();
  for (const object of expected.objects.filter((candidate) => ours.has(objectKey(candidate)))) {
    const { total, same } = counts.get(object.kind) ?? { total: 0, same: 0 };
    counts.set(object.kind, { total: total + 1, same: same + (differing.has(objectKey(object)) ? 0 : 1) });
  }
  return [...counts].flatMap(([kind, { total, same }]) =>
    same === 0 ? [] : [passed(`${kind}: ${same} of ${total} as the migrations make them`, same)],
  );
}

function byKey({ objects }: Catalog): Map<string, CatalogObject> {
  return new Map(objects.map((object) => [objectKey(object), object]));
}
