import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { CheckResult } from '../src/check.ts';
import { compareWithLibrary, failedNames, inflict } from './support/comparison.ts';
import { DAMAGES, LONE_DAMAGES } from './support/damages.ts';
import { type LiveDatabase, libraryOn, runFixes, said } from './support/live.ts';
import { verifyServer } from './support/server.ts';

const server = verifyServer();
const compare = compareWithLibrary(server);

describe('a database damaged in every way at once', () => {
  let database: LiveDatabase;
  let results: readonly CheckResult[];
  beforeAll(async () => {
    database = await libraryOn(server);
    for (const each of DAMAGES) await inflict(database, each);
    results = (await compare(database)).results;
  });
  afterAll(() => database[Symbol.asyncDispose]());

  test.each(DAMAGES)('$what is named', ({ named, severity }) => {
    for (const [name, words] of Object.entries(named)) {
      expect(said({ results }, `drift: ${name}`).join('\n')).toContain(words);
      expect(results.find((result) => result.name === name)).toMatchObject({ severity });
    }
  });

  test('nothing else is', () => {
    expect(failedNames(results).toSorted()).toEqual(DAMAGES.flatMap(({ named }) => Object.keys(named)).toSorted());
  });

  test('the printed statements, run once in their order, leave nothing to find', async () => {
    await runFixes(database, { results });
    expect(failedNames((await compare(database)).results)).toEqual([]);
  });
});

test.each(LONE_DAMAGES)('$what is named, and put right by what is printed', async ({ named, ...damage }) => {
  await using database = await libraryOn(server);
  await inflict(database, { named, ...damage });
  const results = (await compare(database)).results;
  for (const [name, words] of Object.entries(named)) {
    expect(said({ results }, `drift: ${name}`).join('\n')).toContain(words);
  }
  await runFixes(database, { results });
  expect(failedNames((await compare(database)).results)).toEqual(damage.byHand ? Object.keys(named) : []);
});

test("where nobody else writes, whatever was not there before is a finding; otherwise it is somebody else's", async () => {
  await using database = await libraryOn(server);
  for (const statement of [
    'CREATE TABLE public.others (id int PRIMARY KEY)',
    'CREATE INDEX loans_days ON public.loans (days)',
    'GRANT CREATE ON SCHEMA public TO anon',
    'ALTER DEFAULT PRIVILEGES FOR ROLE postgres IN SCHEMA public REVOKE ALL ON TABLES FROM anon',
  ]) {
    await database.superuser.unsafe(statement);
  }
  const [alone, shared] = [await compare(database, { isExclusive: true }), await compare(database)];
  expect(failedNames(alone.results).toSorted()).toEqual([
    'changed: default privilege on tables of role postgres in schema public',
    'changed: grant on schema public to anon',
    'extra: index public.loans_days',
    'extra: table public.others',
  ]);
  expect(failedNames(shared.results)).toEqual([]);
  expect(shared.extras.map(({ kind, identity }) => `${kind} ${identity}`)).toEqual([
    'table public.others',
    'index public.loans_days',
  ]);
  expect(shared.platform).toHaveLength(2);
  await runFixes(database, alone);
  expect(failedNames((await compare(database, { isExclusive: true })).results)).toEqual([]);
});

test('a text is the same when PostgreSQL reads it so, whatever kind of object it is in', async () => {
  await using database = await libraryOn(server);
  // As a dump and restore do, without brackets that PostgreSQL does not need.
  for (const statement of [
    'ALTER POLICY readers_change ON public.readers WITH CHECK (char_length(note) >= 1 AND char_length(note) <= 100 AND name = current_user)',
    'DROP INDEX public.books_cheap',
    "CREATE INDEX books_cheap ON public.books (price) WHERE price >= 0 AND price <= 5 AND state <> 'lent'",
    'DROP TRIGGER books_note ON public.books',
    'CREATE TRIGGER books_note AFTER UPDATE OF price ON public.books FOR EACH ROW WHEN (NEW.price >= 0 AND NEW.price <= 10 AND NEW.pages > 1) EXECUTE FUNCTION inner_library.note_change()',
    'CREATE OR REPLACE VIEW public.open_loans WITH (security_invoker = true) AS SELECT l.number, l.book_id, b.title FROM public.loans l JOIN public.books b ON b.id = l.book_id WHERE l.days >= 1 AND l.days <= 30 AND NOT l.returned',
  ]) {
    await database.superuser.unsafe(statement);
  }
  const textual = await compare(database, { sameWhenReread: async () => new Set() });
  expect(failedNames(textual.results).toSorted()).toEqual([
    'changed: index public.books_cheap',
    'changed: policy readers_change on public.readers',
    'changed: trigger books_note on public.books',
    'changed: view public.open_loans',
  ]);
  // PostgreSQL keeps a BETWEEN at the head of an AND as a tree of its own, until it is read from the catalog's text.
  expect(failedNames((await compare(database)).results)).toEqual([]);
});
