import { type Catalog, readCatalog } from '@app/catalog';
import type { PostgresServer } from '@app/local-postgres';
import { afterAll, beforeAll } from 'vitest';
import type { CheckResult } from '../../src/check.ts';
import { type CompareOptions, type Comparison, compareCatalogs } from '../../src/compare/compareCatalogs.ts';
import { reparseWith } from '../../src/compare/reparse.ts';
import type { Damage } from './damages.ts';
import { databaseOn, type LiveDatabase, libraryConfig, libraryOn } from './live.ts';

/** Compares a database with the migrated library. The migrated library is built once for each test file. */
export function compareWithLibrary(server: PostgresServer) {
  const { schemas } = libraryConfig;
  const read = ({ superuser }: LiveDatabase) => readCatalog(superuser, { schemas });
  let before: Catalog;
  let reference: LiveDatabase;
  let expected: Catalog;
  beforeAll(async () => {
    await using empty = await databaseOn(server);
    before = await read(empty);
    reference = await libraryOn(server);
    expected = await read(reference);
  });
  afterAll(() => reference[Symbol.asyncDispose]());
  return async (database: LiveDatabase, options: Partial<CompareOptions> = {}): Promise<Comparison> =>
    await compareCatalogs({
      ...{ subject: 'drift', before, expected, actual: await read(database) },
      findEquivalent: reparseWith(reference.superuser, schemas),
      ...options,
    });
}

export async function applyDamage({ superuser }: LiveDatabase, { sql }: Damage): Promise<void> {
  await superuser.unsafe(sql);
}

/** The names of all results but the passed ones. */
export function failedNames(results: readonly CheckResult[]): string[] {
  return results.flatMap(({ status, name }) => (status === 'passed' ? [] : [name]));
}
