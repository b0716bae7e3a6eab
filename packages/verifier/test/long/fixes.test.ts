import { expect, test } from 'vitest';
import { applyDamage, compareWithLibrary, failedNames } from '../support/comparison.ts';
import { DAMAGES, namesOf } from '../support/damages.ts';
import { libraryOn, runFixes } from '../support/live.ts';
import { verifyServer } from '../support/server.ts';

const server = verifyServer();
const compare = compareWithLibrary(server);

test.each(DAMAGES)('$what alone: the printed statements remove every finding', async (damage) => {
  await using database = await libraryOn(server);
  await applyDamage(database, damage);
  const found = await compare(database);
  expect(failedNames(found.results).toSorted()).toEqual(namesOf([damage]));
  await runFixes(database, found);
  expect(failedNames((await compare(database)).results)).toEqual([]);
});
