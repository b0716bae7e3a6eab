import {
  type Catalog,
  type CatalogObject,
  type ObjectOfKind,
  objectKey,
  objectsOfKind,
  readCatalog,
} from '@app/catalog';
import type postgres from 'postgres';
import type { OpenScene } from './check.ts';
import type { VerifyConfig } from './config.ts';
import { type CheckCases, findCheckCases } from './derive/checkCases.ts';
import { type ColumnRules, findColumnRules } from './derive/columnRules.ts';
import { type DomainRule, findDomainRules } from './derive/domainRules.ts';
import { type Facts, readFacts } from './derive/facts.ts';
import { type Found, findKeyRules, type KeyRules } from './derive/keyRules.ts';
import { type Model, modelOf } from './derive/model.ts';
import { asker } from './sample/answers.ts';
import { makeSampler, type Sampler } from './sample/sampler.ts';
import { rolledBack } from './sql/attempt.ts';

/** A project as its migrations make it: what every proof that is derived is made from. */
export interface Project {
  readonly config: VerifyConfig;
  /** Every schema but the ledger's. */
  readonly catalog: Catalog;
  /** What the migrations made, in the config's schemas. */
  readonly made: readonly CatalogObject[];
  readonly model: Model;
  readonly facts: Facts;
  readonly sampler: Sampler;
  /** By a CHECK's identity. */
  readonly checkCases: ReadonlyMap<string, CheckCases>;
  /** By the identity of a unique index, or an exclusion's. */
  readonly keyRules: ReadonlyMap<string, Found<KeyRules>>;
  /** By a domain's identity. */
  readonly domainRules: ReadonlyMap<string, Found<readonly DomainRule[]>>;
  /** By a column's identity. */
  readonly columnRules: ReadonlyMap<string, ColumnRules>;
}

/** Reads it off a migrated database and an empty one. @throws MigratorError, CatalogError, LocalPostgresError */
export async function readProject(open: OpenScene, config: VerifyConfig): Promise<Project> {
  const { schemas } = config;
  await using empty = await open('empty');
  const before = new Map(
    (await readCatalog(empty.superuser, { schemas })).objects.map((object) => [objectKey(object), object]),
  );
  await using scene = await open('migrated');
  const after = await readCatalog(scene.superuser, { schemas });
  const made = after.objects.filter((object) => {
    const former = before.get(objectKey(object));
    return former === undefined || former.definition !== object.definition || former.owner !== object.owner;
  });
  return await deriveProject(scene.superuser, config, made);
}

async function deriveProject(
  superuser: postgres.Sql,
  config: VerifyConfig,
  made: readonly CatalogObject[],
): Promise<Project> {
  const catalog = await readCatalog(superuser, { excludeSchemas: ['drizzle'] });
  const facts = await readFacts(superuser);
  const model = modelOf(catalog);
  return await rolledBack(superuser, async (transaction) => {
    const ask = await asker(transaction);
    const sampler = await makeSampler(ask, config, model, facts);
    const known = { config, made, model, facts, sampler, ask };
    return {
      ...{ config, catalog, made, model, facts, sampler },
      checkCases: await findCheckCases(known),
      keyRules: await findKeyRules(known),
      domainRules: await findDomainRules(known),
      columnRules: await findColumnRules(known),
    };
  });
}

/** What the migrations made of one kind. */
export function madeOfKind<Kind extends CatalogObject['kind']>(
  { made }: Pick<Project, 'made'>,
  kind: Kind,
): ObjectOfKind<Kind>[] {
  return objectsOfKind({ objects: made }, kind);
}
