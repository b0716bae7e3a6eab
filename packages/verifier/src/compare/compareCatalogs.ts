import {
  type Catalog,
  type CatalogKind,
  type CatalogObject,
  changeStatements,
  type Difference,
  diffCatalogs,
  inDependencyOrder,
  objectKey,
  objectsOfKind,
  propertiesThatDiffer,
  type Sides,
  wholesIn,
} from '@app/catalog';
import type { CheckResult, Observation } from '../check.ts';
import type { SameWhenReread } from './reread.ts';
import { resultsOf } from './results.ts';
import { ownerOf } from './roleNames.ts';
import { severityOf } from './severity.ts';

export interface CompareOptions {
  /** Name of the subject of the results. */
  readonly subject: string;
  /** What was there before anything of ours. */
  readonly before: Catalog;
  readonly expected: Catalog;
  readonly actual: Catalog;
  /** Only the migrations wrote to `actual`: every difference that was not there `before` is a finding. Default false. */
  readonly oursAlone?: boolean;
  /** The two servers are of different major versions. Default false. */
  readonly acrossVersions?: boolean;
  /** What to do about a finding beside its statements: one sentence. */
  readonly adviceFor?: (object: CatalogObject, change: Difference['change']) => string;
  /** Default: two texts that differ are a difference. */
  readonly sameWhenReread?: SameWhenReread;
}

export interface Comparison {
  /**
   * What of ours is not as expected, object by object; a passed line for each kind of which something is. The statements
   * of their fixes run in this order.
   */
  readonly results: readonly CheckResult[];
  /** What is in our schemas and belongs to no object of ours: theirs. */
  readonly extras: readonly CatalogObject[];
  /** What was there before and is another now: the platform's business. */
  readonly platform: readonly Difference[];
  /** Keys of the objects that the findings are about. */
  readonly differing: ReadonlySet<string>;
}

/** Compares two catalogs object by object, property by property. */
export async function compareCatalogs(options: CompareOptions): Promise<Comparison> {
  const { subject, expected, actual, acrossVersions = false, adviceFor } = options;
  const { passed, failed } = resultsOf(subject);
  const [wanted, found] = [byKey(expected), byKey(actual)];
  const all = diffCatalogs(expected, actual, { acrossVersions }).map((difference): Finding => {
    const [one, other] = [wanted.get(objectKey(difference)), found.get(objectKey(difference))];
    const observations = one && other ? propertiesThatDiffer(difference, one, other) : [oneSided(one, other)];
    const properties = one && other ? observations.map(({ what }) => what) : [];
    return { difference, expected: one, actual: other, observations, properties };
  });
  const pairs = all.flatMap(({ expected: one, actual: other, properties }) =>
    one && other && one.owner === other.owner ? [{ expected: one, actual: other, properties }] : [],
  );
  const same = (await options.sameWhenReread?.(pairs)) ?? new Set();
  const differences = all.filter(({ difference }) => !same.has(objectKey(difference)));
  const { ours, findings, extras, platform } = classify(options, differences, wanted);
  const order = orderIn(expected, actual);
  findings.sort((a, b) => order(a) - order(b));
  const differing = new Set(findings.map(({ difference }) => objectKey(difference)));
  const fixOf = changeStatements(expected, actual, theirsIn(expected, actual, differing));
  const results = findings.map((finding) => {
    const { difference, observations, properties } = finding;
    const object = finding.expected ?? finding.actual;
    if (object === undefined) throw new Error(`nothing is known of ${difference.identity}`);
    const sql = fixOf(finding)?.map((statement) => `${statement};`);
    const role = roleFor(finding, [expected, actual]);
    const words = [instruction(finding, sql && role), adviceFor?.(object, difference.change)];
    return failed(
      `${difference.change}: ${difference.kind} ${difference.identity}`,
      words.filter((sentence) => sentence !== undefined && sentence !== '').join(' '),
      observations,
      { severity: severityOf(object, properties), ...(sql && { fixSql: sql.join('\n') }) },
    );
  });
  const asExpected = [
    ...countsOf(expected, ours, new Set(differences.map(({ difference }) => objectKey(difference)))),
  ].flatMap(([kind, { total, right }]) =>
    right === 0 ? [] : [passed(`${kind}: ${right} of ${total} as expected`, right)],
  );
  return { results: [...results, ...asExpected], extras, platform, differing };
}

interface Finding extends Sides {
  readonly difference: Difference;
  readonly observations: readonly Observation[];
}

/** Keys of what is ours: it was not there before, or is expected to be another than before. */
function oursIn({ before, expected }: CompareOptions): Set<string> {
  const former = byKey(before);
  return new Set(expected.objects.filter((object) => !isSame(object, former.get(objectKey(object)))).map(objectKey));
}

function classify(
  options: CompareOptions,
  differences: readonly Finding[],
  wanted: ReadonlyMap<string, CatalogObject>,
) {
  const { expected, actual, before, oursAlone = false } = options;
  const [former, ours] = [byKey(before), oursIn(options)];
  const owner = ownerOf(
    expected,
    new Set([...wanted.values()].filter((it) => ours.has(objectKey(it))).map((it) => it.identity)),
  );
  const overloaded = new Set(
    objectsOfKind(expected, 'function').flatMap((it) => (ours.has(objectKey(it)) ? [`${it.schema}.${it.name}`] : [])),
  );
  const byDifference = new Map(differences.map((finding) => [objectKey(finding.difference), finding]));
  const wholesOf = wholesIn(expected, actual);
  const findings: Finding[] = [];
  const extras: CatalogObject[] = [];
  const platform: Difference[] = [];
  for (const finding of differences) {
    const { difference } = finding;
    const key = objectKey(difference);
    const object = finding.expected ?? finding.actual;
    if (object === undefined) continue;
    const wholes = wholesOf(object);
    // With its table a column is missing too, with its constraint an index: to say it once is enough.
    if (wholes.some((whole) => explains(byDifference.get(whole), finding))) continue;
    if (ours.has(key)) findings.push(finding);
    else if (oursAlone && !isSame(finding.actual, former.get(key))) findings.push(finding);
    else if (oursAlone || difference.change !== 'extra' || object.kind === 'extension') platform.push(difference);
    else if (object.kind === 'default privilege' ? object.role === owner : isOverload(object, overloaded))
      findings.push(finding);
    else if (object.kind === 'default privilege') platform.push(difference);
    else if (changesAnswers(object) && wholes.some((whole) => ours.has(whole))) findings.push(finding);
    else if (object.kind === 'grant' && wholes.some((whole) => wanted.has(whole))) platform.push(difference);
    else extras.push(object);
  }
  return { ours, findings, extras, platform };
}

/** True where the part's difference comes and goes with that of its whole. */
function explains(whole: Finding | undefined, part: Finding): boolean {
  const object = part.expected ?? part.actual;
  if (whole === undefined || object === undefined) return false;
  if (object.kind === 'sequence') {
    // Its owner is the owner of the table; the sequence of an identity comes and goes with the identity.
    if (whole.difference.kind === 'table')
      return whole.properties.includes('owner') && part.properties.join() === 'owner';
    if (object.isIdentity && whole.properties.includes('identity')) return true;
  }
  // With another owner, what the owner holds on its own changes hands.
  if (object.kind === 'grant' && whole.properties.includes('owner') && isOwners(object.grantee, whole)) return true;
  if (whole.difference.change !== 'changed') return whole.difference.change === part.difference.change;
  const { kind } = whole.difference;
  if (kind === 'constraint' && object.kind === 'index') return true;
  if (kind === 'view' && object.kind === 'column') return true;
  // The parent's change is the children's.
  return (
    kind === object.kind &&
    kind !== 'table' &&
    part.difference.change === 'changed' &&
    part.properties.join() === whole.properties.join()
  );
}

function isOwners(grantee: string, { expected, actual }: Finding): boolean {
  return grantee === expected?.owner || grantee === actual?.owner;
}

/** On a table of ours: an index that is not unique, statistics and comments change no statement's outcome. */
function changesAnswers(object: CatalogObject): boolean {
  if (object.kind === 'index') return object.unique;
  return object.kind !== 'statistics' && object.kind !== 'comment';
}

/** A call of ours may resolve to it. */
function isOverload(object: CatalogObject, overloaded: ReadonlySet<string>): boolean {
  return object.kind === 'function' && overloaded.has(`${object.schema}.${object.name}`);
}

function isSame(one: CatalogObject | undefined, other: CatalogObject | undefined): boolean {
  return one?.definition === other?.definition && one?.owner === other?.owner;
}

function oneSided(expected: CatalogObject | undefined, actual: CatalogObject | undefined): Observation {
  const object = expected ?? actual;
  const privileges = object?.kind === 'grant' ? object.privileges.join(', ') : '';
  if (actual !== undefined)
    return {
      what: actual.kind === 'grant' ? `${privileges} opened to ${actual.grantee}` : actual.kind,
      expected: actual.kind === 'grant' ? 'no grant' : 'none of that name',
      actual: actual.definition,
    };
  const what = expected?.kind === 'grant' ? `${privileges} for ${expected.grantee}` : (expected?.kind ?? '');
  return { what, expected: expected?.definition ?? '', actual: 'there is none' };
}

/** Who may run the fix: the owner of the object, or of the table that it is on. */
function roleFor({ expected, actual, properties }: Finding, catalogs: readonly Catalog[]): string {
  if (properties.includes('owner') || properties.includes('leakproof')) return 'a superuser';
  const object = actual ?? expected;
  const holder = object === undefined ? [] : [objectKey(object), ...wholesIn(...catalogs)(object)];
  const owners = catalogs.flatMap(({ objects }) => objects.filter((each) => holder.includes(objectKey(each))));
  const owner = actual?.owner ?? owners.find((each) => each.owner !== undefined)?.owner;
  if (object?.kind === 'default privilege') return `the role ${object.role}`;
  return owner === undefined ? 'the owner of the tables' : `the role ${owner}`;
}

function instruction({ difference, properties, expected, actual }: Finding, role: string | undefined): string {
  const { kind, identity, change } = difference;
  const what =
    change === 'missing'
      ? `Create the ${kind} ${identity}`
      : change === 'extra'
        ? `Remove the ${kind} ${identity}`
        : `Change the ${kind} ${identity} to what is expected (${properties.join(', ')})`;
  const loses = actual?.kind === 'column' && expected === undefined ? ' What the column holds is lost.' : '';
  return role !== undefined
    ? `${what}, as ${role}.${loses}`
    : `${what} by hand: no statement can without losing data or something that depends on it.`;
}

/** What is in `actual` alone and stays there: no finding, and no part of one. */
function theirsIn(expected: Catalog, actual: Catalog, differing: ReadonlySet<string>): CatalogObject[] {
  const [wanted, found] = [byKey(expected), byKey(actual)];
  const wholesOf = wholesIn(expected, actual);
  const goes = (object: CatalogObject): boolean =>
    differing.has(objectKey(object)) ||
    wholesOf(object).some((key) => {
      const whole = wanted.has(key) ? undefined : found.get(key);
      return whole !== undefined && goes(whole);
    });
  return actual.objects.filter(
    (object) => !wanted.has(objectKey(object)) && !(object.kind === 'grant' && wanted.has(object.on)) && !goes(object),
  );
}

/**
 * The order in which the fixes run: first what is too much, what depends on it before it; then what is missing or
 * changed, after what it needs; grants and comments last.
 */
function orderIn(expected: Catalog, actual: Catalog): (finding: Finding) => number {
  const place = (catalog: Catalog) =>
    new Map(inDependencyOrder(catalog).map((object, index) => [objectKey(object), index]));
  const [wanted, found] = [place(expected), place(actual)];
  const placeOf = (object: CatalogObject, places: ReadonlyMap<string, number>) =>
    object.kind === 'column'
      ? (places.get(`table ${object.table}`) ?? places.get(`view ${object.table}`) ?? 0) + 0.5
      : (places.get(objectKey(object)) ?? 0);
  return ({ expected: one, actual: other }) => {
    const kind = one?.kind ?? other?.kind;
    if (kind === 'grant') return 1e9;
    if (kind === 'comment') return 2e9;
    if (one !== undefined) return placeOf(one, wanted);
    return other === undefined ? 0 : -1e6 - placeOf(other, found);
  };
}

function countsOf(
  expected: Catalog,
  ours: ReadonlySet<string>,
  differing: ReadonlySet<string>,
): Map<CatalogKind, { total: number; right: number }> {
  const counts = new Map<CatalogKind, { total: number; right: number }>();
  for (const object of expected.objects) {
    if (!ours.has(objectKey(object))) continue;
    const { total, right } = counts.get(object.kind) ?? { total: 0, right: 0 };
    counts.set(object.kind, { total: total + 1, right: right + (differing.has(objectKey(object)) ? 0 : 1) });
  }
  return counts;
}

function byKey({ objects }: Catalog): Map<string, CatalogObject> {
  return new Map(objects.map((object) => [objectKey(object), object]));
}
