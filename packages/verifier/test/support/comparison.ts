import { type Catalog, readCatalog } from '@app/catalog';
import type { PostgresServer } from '@app/local-postgres';
import { afterAll, beforeAll } from 'vitest';
import type { CheckResult } from '../../src/check.ts';
import { type CompareOptions, type Comparison, compareCatalogs } from '../../src/compare/compareCatalogs.ts';
import { rereadWith } from '../../src/compare/reread.ts';
import type { Damage } from './damages.ts';
import { databaseOn, type LiveDatabase, libraryConfig, libraryOn } from './live.ts';

/** Compares a database with what the library's migrations make, which is built once for a file of tests. */
export function compareWithLibrary(server: PostgresServer) {
  const { schemas } = libraryConfig;
  const read = ({ superuser }: LiveDatabase) => readCatalog(superuser, { schemas });
  let before: Catalog;
  let right: LiveDatabase;
  let expected: Catalog;
  beforeAll(async () => {
    await using empty = await databaseOn(server);
    before = await read(empty);
    right = await libraryOn(server);
    expected = await read(right);
  });
  afterAll(() => right[Symbol.asyncDispose]());
  return async (database: LiveDatabase, options: Partial<CompareOptions> = {}): Promise<Comparison> =>
    await compareCatalogs({
      ...{ subject: 'drift', before, expected, actual: await read(database) },
      sameWhenReread: rereadWith(right.superuser, schemas),
      ...options,
    });
}

export async function inflict({ superuser }: LiveDatabase, { statements }: Damage): Promise<void> {
  for (const statement of statements) await superuser.unsafe(statement);
}

/** Names of what is not passed. */
export function failedNames(results: readonly CheckResult[]): string[] {
  return results.flatMap(({ status, name }) => (status === 'passed' ? [] : [name]));
}
