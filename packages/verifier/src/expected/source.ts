import { type Catalog, type CatalogObject, objectKey, objectsOfKind, readCatalog } from '@app/catalog';
import type postgres from 'postgres';
import type { CheckResult, OpenDatabase } from '../check.ts';
import { compareCatalogs } from '../compare/compareCatalogs.ts';
import { rereadWith } from '../compare/reread.ts';
import { resultsOf } from '../compare/results.ts';
import { ledgerOf, type VerifyConfig } from '../config.ts';
import { messageOf } from '../live/errors.ts';
import { shownPath } from '../paths.ts';
import { type Outline, outlineOf } from '../report/outline.ts';
import type { Expected } from './expected.ts';

export const SOURCE = 'source';

export interface SourceComparison {
  readonly results: readonly CheckResult[];
  readonly outline?: Outline;
}

/** Compares what the migrations make with what the source describes, every property of every object. Never rejects. */
export async function compareWithSource(
  open: OpenDatabase,
  config: VerifyConfig,
  expected: Expected,
): Promise<SourceComparison> {
  try {
    return await compare(open, config, expected);
  } catch (error) {
    return { results: [resultsOf(SOURCE).notRun('the migrations make what the source describes', messageOf(error))] };
  }
}

async function compare(open: OpenDatabase, config: VerifyConfig, expected: Expected): Promise<SourceComparison> {
  const { sqlObjects, after } = config;
  await using migrated = await open('migrated');
  const unshared = await unsharedSchemas(open, config, expected.database.sql, migrated.sql);
  const schemas = [...config.schemas, ...unshared.filter((name) => !config.schemas.includes(name))];
  const source = unshared.length === 0 ? expected.catalog : await readCatalog(expected.database.sql, { schemas });
  const everything = await readCatalog(migrated.sql, { schemas });
  const judged = ({ objects }: Catalog): Catalog => ({
    objects: sqlObjects === undefined ? objects.filter(isKnownToDrizzle) : objects,
  });
  const [before, wanted, actual] = [judged(expected.before), judged(source), judged(everything)];
  const { results, differing } = await compareCatalogs({
    ...{ subject: SOURCE, before, expected: wanted, actual, oursAlone: true },
    adviceFor: (object) => adviceFor(config, object),
    sameWhenReread: rereadWith(expected.database.superuser, schemas),
  });
  const outline = outlineOf(everything, differing, source);
  if (after === undefined) return { results, outline };
  // What history left so, and no later migration touched, is not judged.
  await using prior = await open('prior');
  const former = new Map((await readCatalog(prior.sql, { schemas })).objects.map((it) => [objectKey(it), it]));
  const isHistory = (object: CatalogObject) => former.get(objectKey(object))?.definition === object.definition;
  const old = new Set(actual.objects.filter(isHistory).map(objectKey));
  const isOld = ({ status, name }: CheckResult) => status === 'failed' && old.has(name.replace(/^\w+: /, ''));
  return { results: results.filter((result) => !isOld(result)), outline };
}

/** Schemas that only one side has, named in the config or not. Those of the prior state are not judged. */
async function unsharedSchemas(
  open: OpenDatabase,
  config: VerifyConfig,
  expected: postgres.Sql,
  migrated: postgres.Sql,
): Promise<string[]> {
  const [wanted, found] = await Promise.all([schemasOf(expected), schemasOf(migrated)]);
  const missing = wanted.filter((name) => !found.includes(name));
  const added = found.filter((name) => !wanted.includes(name) && name !== ledgerOf(config).schema);
  if (added.length === 0) return missing;
  await using prior = await open('prior');
  const former = await schemasOf(prior.sql);
  return [...missing, ...added.filter((name) => !former.includes(name))];
}

async function schemasOf(sql: postgres.Sql): Promise<string[]> {
  return objectsOfKind(await readCatalog(sql, { kinds: ['schema'] }), 'schema').map(({ name }) => name);
}

/** What drizzle-kit can describe; the rest is in migrations alone where a config gives no SQL objects. */
function isKnownToDrizzle(object: CatalogObject): boolean {
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

/** Which side to change: a migration towards the source, or the file of the source. */
function adviceFor({ sqlObjects = [], drizzle = '' }: VerifyConfig, object: CatalogObject): string {
  const about = object.kind === 'grant' || object.kind === 'comment' ? object.on : object.identity;
  const name = about.replace(/\(.*| on .*/s, '').replace(/^.*\./, '');
  const statement = STATEMENTS[object.kind];
  const creates = statement && new RegExp(`${statement}[^;]*\\b${name.replaceAll(/[^\w ]/g, '.')}\\b`, 'm');
  const source = creates && sqlObjects.find(({ text }) => creates.test(text))?.file;
  const file = source ?? `the schema that ${shownPath(drizzle)} names`;
  return `Write a migration with these statements; or, where the migrations are right, change ${file}.`;
}

/** How the statement begins that makes an object which drizzle-kit does not know. */
const STATEMENTS: Partial<Record<CatalogObject['kind'], string>> = {
  function: '^CREATE (?:OR REPLACE )?FUNCTION',
  trigger: '^CREATE (?:OR REPLACE )?(?:CONSTRAINT )?TRIGGER',
  grant: '^(?:GRANT|REVOKE)',
  comment: '^COMMENT ON',
};
