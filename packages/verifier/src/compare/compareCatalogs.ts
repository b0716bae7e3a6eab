import {
  type Catalog,
  type CatalogKind,
  type CatalogObject,
  changeStatements,
  type Difference,
  diffCatalogs,
  type FunctionObject,
  inDependencyOrder,
  objectKey,
  objectsOfKind,
  parentsIn,
  propertiesThatDiffer,
  type Sides,
} from '@app/catalog';
import type { CheckResult, Observation } from '../check.ts';
import { resultsOf } from '../results.ts';
import { byKey, createdObjects, isSame, ownerOf } from './ownership.ts';
import type { FindEquivalent } from './reparse.ts';
import { severityOf } from './severity.ts';

export interface CompareOptions {
  readonly subject: string;
  /** What existed before the migrations. */
  readonly before: Catalog;
  readonly expected: Catalog;
  readonly actual: Catalog;
  /** Only the migrations wrote to `actual`, so that every difference that `before` lacks is a finding. Default: false. */
  readonly isExclusive?: boolean;
  /** The two servers have different major versions. Default: false. */
  readonly acrossVersions?: boolean;
  /** One more sentence for the fix of a finding. */
  readonly adviceFor?: (object: CatalogObject, change: Difference['change']) => string;
  /** Finds the objects whose texts differ only in notation. Default: any other text is a difference. */
  readonly findEquivalent?: FindEquivalent;
}

export interface Comparison {
  /**
   * A failure for each finding, then a passed result for each kind of objects of which some are as expected. The statements
   * of the fixes must run in this order.
   */
  readonly results: readonly CheckResult[];
  /** Objects of the schemas that the migrations did not create and that belong to no object that they created. */
  readonly extras: readonly CatalogObject[];
  /** Differences of objects that existed before the migrations: the platform made them. */
  readonly platform: readonly Difference[];
  /** Keys of the objects of the findings. */
  readonly differing: ReadonlySet<string>;
}

/** Compares two catalogs object by object, property by property. */
export async function compareCatalogs(options: CompareOptions): Promise<Comparison> {
  const { subject, expected, actual, acrossVersions = false, adviceFor } = options;
  const { passedResult, failedResult } = resultsOf(subject);
  const [expectedByKey, actualByKey] = [byKey(expected), byKey(actual)];
  const all = diffCatalogs(expected, actual, { acrossVersions }).map((difference): Finding => {
    const sides = {
      expected: expectedByKey.get(objectKey(difference)),
      actual: actualByKey.get(objectKey(difference)),
    };
    if (sides.expected === undefined || sides.actual === undefined)
      return { ...sides, difference, observations: [missingOrExtra(sides.expected, sides.actual)], properties: [] };
    const observations = propertiesThatDiffer(difference, sides.expected, sides.actual);
    return { ...sides, difference, observations, properties: observations.map(({ what }) => what) };
  });
  const pairs = all.flatMap((finding) =>
    finding.expected && finding.actual && finding.expected.owner === finding.actual.owner
      ? [{ ...finding, expected: finding.expected, actual: finding.actual }]
      : [],
  );
  const equivalent = (await options.findEquivalent?.(pairs)) ?? new Set();
  const differences = all.filter(({ difference }) => !equivalent.has(objectKey(difference)));
  const { created, findings, extras, platform } = classify(options, differences, expectedByKey);
  const position = fixOrder(expected, actual);
  findings.sort((a, b) => position(a) - position(b));
  const differing = new Set(findings.map(({ difference }) => objectKey(difference)));
  const fixOf = changeStatements(expected, actual, keptObjects(expected, actual, differing));
  const results = findings.map((finding) => {
    const { difference, observations, properties } = finding;
    const object = finding.expected ?? finding.actual;
    if (object === undefined) throw new Error(`neither catalog has ${difference.identity}`);
    const sql = fixOf(finding)?.map((statement) => `${statement};`);
    const role = roleOfFix(finding, [expected, actual]);
    const sentences = [instruction(finding, sql && role), adviceFor?.(object, difference.change)];
    return failedResult(
      `${difference.change}: ${difference.kind} ${difference.identity}`,
      sentences.filter((sentence) => sentence !== undefined && sentence !== '').join(' '),
      observations,
      { severity: severityOf(object, properties), ...(sql && { fixSql: sql.join('\n') }) },
    );
  });
  const asExpected = [
    ...countByKind(created, new Set(differences.map(({ difference }) => objectKey(difference)))),
  ].flatMap(([kind, { total, matching }]) =>
    matching === 0 ? [] : [passedResult(`${kind}: ${matching} of ${total} as expected`, matching)],
  );
  return { results: [...results, ...asExpected], extras, platform, differing };
}

interface Finding extends Sides {
  readonly difference: Difference;
  readonly observations: readonly Observation[];
}

/**
 * Divides the differences into findings, extra objects and differences of the platform's objects. A difference that follows
 * from another one is left out.
 */
function classify(
  options: CompareOptions,
  differences: readonly Finding[],
  expectedByKey: ReadonlyMap<string, CatalogObject>,
) {
  const { expected, actual, before, isExclusive = false } = options;
  const beforeByKey = byKey(before);
  const created = createdObjects(before, expected);
  const createdKeys = new Set(created.map(objectKey));
  const owner = ownerOf(expected, created);
  const functions = new Set(objectsOfKind({ objects: created }, 'function').map(qualifiedName));
  const findingsByKey = new Map(differences.map((finding) => [objectKey(finding.difference), finding]));
  const parentsOf = parentsIn(expected, actual);
  const findings: Finding[] = [];
  const extras: CatalogObject[] = [];
  const platform: Difference[] = [];
  for (const finding of differences) {
    const { difference } = finding;
    const key = objectKey(difference);
    const object = finding.expected ?? finding.actual;
    if (object === undefined) continue;
    const parents = parentsOf(object);
    // A missing table already reports its columns, and a missing constraint its index.
    if (parents.some((parent) => explains(findingsByKey.get(parent), finding))) continue;
    if (createdKeys.has(key)) findings.push(finding);
    else if (isExclusive && !isSame(finding.actual, beforeByKey.get(key))) findings.push(finding);
    else if (isExclusive || difference.change !== 'extra' || object.kind === 'extension') platform.push(difference);
    else if (object.kind === 'default privilege') {
      if (object.role === owner) findings.push(finding);
      else platform.push(difference);
    } else if (object.kind === 'function' && functions.has(qualifiedName(object))) findings.push(finding);
    else if (changesResults(object) && parents.some((parent) => createdKeys.has(parent))) findings.push(finding);
    else if (object.kind === 'grant' && parents.some((parent) => expectedByKey.has(parent))) platform.push(difference);
    else extras.push(object);
  }
  return { created, findings, extras, platform };
}

/** Whether a part's difference follows from the difference of its parent. */
function explains(parent: Finding | undefined, part: Finding): boolean {
  const object = part.expected ?? part.actual;
  if (parent === undefined || object === undefined) return false;
  if (object.kind === 'sequence') {
    // PostgreSQL changes the sequence's owner with the table's, and drops the sequence of an identity with the identity.
    if (parent.difference.kind === 'table')
      return parent.properties.includes('owner') && part.properties.join() === 'owner';
    if (object.isIdentity && parent.properties.includes('identity')) return true;
  }
  // ALTER … OWNER TO moves the beforeByKey owner's privileges to the new owner.
  if (object.kind === 'grant' && parent.properties.includes('owner') && isOwnerOf(object.grantee, parent)) return true;
  if (parent.difference.change !== 'changed') return parent.difference.change === part.difference.change;
  const { kind } = parent.difference;
  if (kind === 'constraint' && object.kind === 'index') return true;
  if (kind === 'view' && object.kind === 'column') return true;
  // Partitions and inheriting tables repeat a change of their parent.
  return (
    kind === object.kind &&
    kind !== 'table' &&
    part.difference.change === 'changed' &&
    part.properties.join() === parent.properties.join()
  );
}

function isOwnerOf(grantee: string, { expected, actual }: Finding): boolean {
  return grantee === expected?.owner || grantee === actual?.owner;
}

/** Whether an added part of a table may change a statement's result. A plain index, statistics and a comment do not. */
function changesResults(object: CatalogObject): boolean {
  if (object.kind === 'index') return object.unique;
  return object.kind !== 'statistics' && object.kind !== 'comment';
}

/** A call of a function may resolve to an added overload of the same name. */
function qualifiedName({ schema, name }: FunctionObject): string {
  return `${schema}.${name}`;
}

function missingOrExtra(expected: CatalogObject | undefined, actual: CatalogObject | undefined): Observation {
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

/** The role that may run the fix: the owner of the object, or of its table. */
function roleOfFix({ expected, actual, properties }: Finding, catalogs: readonly Catalog[]): string {
  if (properties.includes('owner') || properties.includes('leakproof')) return 'a superuser';
  const object = actual ?? expected;
  const keys = object === undefined ? [] : [objectKey(object), ...parentsIn(...catalogs)(object)];
  const owners = catalogs.flatMap(({ objects }) => objects.filter((it) => keys.includes(objectKey(it))));
  const owner = actual?.owner ?? owners.find((it) => it.owner !== undefined)?.owner;
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
  const loses = actual?.kind === 'column' && expected === undefined ? ' The values of the column are lost.' : '';
  return role !== undefined
    ? `${what}, as ${role}.${loses}`
    : `${what} by hand: a statement would lose data or a dependent object.`;
}

/** Objects of `actual` that are not expected and that the fixes do not drop. */
function keptObjects(expected: Catalog, actual: Catalog, differing: ReadonlySet<string>): CatalogObject[] {
  const [expectedByKey, actualByKey] = [byKey(expected), byKey(actual)];
  const parentsOf = parentsIn(expected, actual);
  const isDropped = (object: CatalogObject): boolean =>
    differing.has(objectKey(object)) ||
    parentsOf(object).some((key) => {
      const parent = expectedByKey.has(key) ? undefined : actualByKey.get(key);
      return parent !== undefined && isDropped(parent);
    });
  return actual.objects.filter(
    (object) =>
      !expectedByKey.has(objectKey(object)) &&
      !(object.kind === 'grant' && expectedByKey.has(object.on)) &&
      !isDropped(object),
  );
}

/**
 * The position of a finding's fix: first extra objects, dependents before what they depend on; then missing and changed
 * objects in dependency order; then grants, then comments.
 */
function fixOrder(expected: Catalog, actual: Catalog): (finding: Finding) => number {
  const positions = (catalog: Catalog) =>
    new Map(inDependencyOrder(catalog).map((object, index) => [objectKey(object), index]));
  const [expectedByKey, actualByKey] = [positions(expected), positions(actual)];
  const positionOf = (object: CatalogObject, inCatalog: ReadonlyMap<string, number>) =>
    object.kind === 'column'
      ? (inCatalog.get(`table ${object.table}`) ?? inCatalog.get(`view ${object.table}`) ?? 0) + 0.5
      : (inCatalog.get(objectKey(object)) ?? 0);
  return (finding) => {
    const kind = finding.expected?.kind ?? finding.actual?.kind;
    if (kind === 'grant') return 1e9;
    if (kind === 'comment') return 2e9;
    if (finding.expected !== undefined) return positionOf(finding.expected, expectedByKey);
    return finding.actual === undefined ? 0 : -1e6 - positionOf(finding.actual, actualByKey);
  };
}

function countByKind(
  objects: readonly CatalogObject[],
  differing: ReadonlySet<string>,
): Map<CatalogKind, { total: number; matching: number }> {
  const counts = new Map<CatalogKind, { total: number; matching: number }>();
  for (const object of objects) {
    const { total, matching } = counts.get(object.kind) ?? { total: 0, matching: 0 };
    counts.set(object.kind, { total: total + 1, matching: matching + (differing.has(objectKey(object)) ? 0 : 1) });
  }
  return counts;
}
