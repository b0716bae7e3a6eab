import { type Catalog, type CatalogObject, objectKey, objectsOfKind, readCatalog } from '@app/catalog';
import type postgres from 'postgres';
import type { CheckResult, OpenDatabase } from '../check.ts';
import { compareCatalogs } from '../compare/compareCatalogs.ts';
import { byKey } from '../compare/ownership.ts';
import { reparseWith } from '../compare/reparse.ts';
import { ledgerOf, type VerifyConfig } from '../config.ts';
import { messageOf } from '../errors.ts';
import { shownPath } from '../paths.ts';
import { type Outline, outlineOf } from '../report/outline.ts';
import { resultsOf } from '../results.ts';
import type { ExpectedDatabase } from './expectedDatabase.ts';

export const SOURCE = 'source';

export interface SourceComparison {
  readonly results: readonly CheckResult[];
  readonly outline?: Outline;
}

/** Compares every property of every object of the migrated database with the expected database. Never rejects. */
export async function compareWithSource(
  open: OpenDatabase,
  config: VerifyConfig,
  expected: ExpectedDatabase,
): Promise<SourceComparison> {
  try {
    return await compare(open, config, expected);
  } catch (error) {
    return {
      results: [resultsOf(SOURCE).notRunResult('the migrations make what the source describes', messageOf(error))],
    };
  }
}

async function compare(
  open: OpenDatabase,
  config: VerifyConfig,
  expected: ExpectedDatabase,
): Promise<SourceComparison> {
  const { sqlObjects, after } = config;
  await using migrated = await open('migrated');
  const oneSided = await oneSidedSchemas(open, config, expected.database.sql, migrated.sql);
  const schemas = [...new Set([...config.schemas, ...oneSided])];
  const source = oneSided.length === 0 ? expected.catalog : await readCatalog(expected.database.sql, { schemas });
  const migratedCatalog = await readCatalog(migrated.sql, { schemas });
  const comparable = ({ objects }: Catalog): Catalog => ({
    objects: sqlObjects === undefined ? objects.filter(isGeneratedByDrizzle) : objects,
  });
  const [before, sourceObjects, actual] = [
    comparable(expected.before),
    comparable(source),
    comparable(migratedCatalog),
  ];
  const { results, differing } = await compareCatalogs({
    ...{ subject: SOURCE, before, expected: sourceObjects, actual, isExclusive: true },
    adviceFor: (object) => sourceAdvice(config, object),
    findEquivalent: reparseWith(expected.database.superuser, schemas),
  });
  const outline = outlineOf(migratedCatalog, differing, source);
  if (after === undefined) return { results, outline };
  // A finding about an object that the migrations after `after` did not change belongs to history.
  await using prior = await open('prior');
  const priorByKey = byKey(await readCatalog(prior.sql, { schemas }));
  const isUnchanged = (object: CatalogObject) => priorByKey.get(objectKey(object))?.definition === object.definition;
  const unchanged = new Set(actual.objects.filter(isUnchanged).map(objectKey));
  const isHistory = ({ status, name }: CheckResult) => status === 'failed' && unchanged.has(name.replace(/^\w+: /, ''));
  return { results: results.filter((result) => !isHistory(result)), outline };
}

/** Schemas of one side only, whether the config names them or not. Schemas of the prior state are left out. */
async function oneSidedSchemas(
  open: OpenDatabase,
  config: VerifyConfig,
  expected: postgres.Sql,
  migrated: postgres.Sql,
): Promise<string[]> {
  const [expectedNames, migratedNames] = await Promise.all([schemasOf(expected), schemasOf(migrated)]);
  const missing = expectedNames.filter((name) => !migratedNames.includes(name));
  const added = migratedNames.filter((name) => !expectedNames.includes(name) && name !== ledgerOf(config).schema);
  if (added.length === 0) return missing;
  await using prior = await open('prior');
  const priorNames = await schemasOf(prior.sql);
  return [...missing, ...added.filter((name) => !priorNames.includes(name))];
}

async function schemasOf(sql: postgres.Sql): Promise<string[]> {
  return objectsOfKind(await readCatalog(sql, { kinds: ['schema'] }), 'schema').map(({ name }) => name);
}

/** Without SQL objects in the config, only what drizzle-kit generates can be compared. */
function isGeneratedByDrizzle(object: CatalogObject): boolean {
  switch (object.kind) {
    case 'schema':
    case 'column':
    case 'policy':
    case 'view':
    case 'index':
      return true;
    case 'table':
      return object.partitionOf === undefined && object.tableKind === 'ordinary';
    case 'constraint':
      return object.type !== 'exclude';
    case 'type':
      return object.type === 'enum';
    case 'sequence':
      return object.isIdentity || object.ownedBy !== undefined;
    default:
      return false;
  }
}

/** Names both ways to mend a difference: a migration, or a change of the source file. */
function sourceAdvice({ sqlObjects = [], drizzle = '' }: VerifyConfig, object: CatalogObject): string {
  const target = object.kind === 'grant' || object.kind === 'comment' ? object.on : object.identity;
  const name = target.replace(/\(.*| on .*/s, '').replace(/^.*\./, '');
  const statement = STATEMENTS[object.kind];
  const creates = statement && new RegExp(`${statement}[^;]*\\b${name.replaceAll(/[^\w ]/g, '.')}\\b`, 'm');
  const source = creates && sqlObjects.find(({ text }) => creates.test(text))?.file;
  const file = source ?? `the schema files of ${shownPath(drizzle)}`;
  return `Write a migration with these statements; or, if the migrations are right, change ${file}.`;
}

/** The beginning of the statement that creates an object, for kinds that drizzle-kit does not generate. */
const STATEMENTS: Partial<Record<CatalogObject['kind'], string>> = {
  function: '^CREATE (?:OR REPLACE )?FUNCTION',
  trigger: '^CREATE (?:OR REPLACE )?(?:CONSTRAINT )?TRIGGER',
  grant: '^(?:GRANT|REVOKE)',
  comment: '^COMMENT ON',
};
