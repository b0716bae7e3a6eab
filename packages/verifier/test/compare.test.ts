import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { CheckResult } from '../src/check.ts';
import { applyDamage, compareWithLibrary, failedNames } from './support/comparison.ts';
import { DAMAGES, namesOf, SEPARATE_DAMAGES } from './support/damages.ts';
import { type LiveDatabase, libraryOn, observed, runFixes } from './support/live.ts';
import { verifyServer } from './support/server.ts';

const server = verifyServer();
const compare = compareWithLibrary(server);

describe('a database with every damage at once', () => {
  let database: LiveDatabase;
  let results: readonly CheckResult[];
  beforeAll(async () => {
    database = await libraryOn(server);
    for (const each of DAMAGES) await applyDamage(database, each);
    results = (await compare(database)).results;
  });
  afterAll(() => database[Symbol.asyncDispose]());

  test.each(DAMAGES)('$what: each finding has its difference and severity', ({ findings, severity }) => {
    for (const [name, words] of findings) {
      expect(observed({ results }, `drift: ${name}`).join('\n')).toContain(words);
      expect(results.find((result) => result.name === name)).toMatchObject({ severity });
    }
  });

  test('no other object is a finding', () => {
    expect(failedNames(results).toSorted()).toEqual(namesOf(DAMAGES));
  });

  test('the printed statements, run once in their order, remove every finding', async () => {
    await runFixes(database, { results });
    expect(failedNames((await compare(database)).results)).toEqual([]);
  });
});

test.each(SEPARATE_DAMAGES)('$what: each finding is reported, and the printed statements remove it', async (damage) => {
  await using database = await libraryOn(server);
  await applyDamage(database, damage);
  const results = (await compare(database)).results;
  for (const [name, words] of damage.findings) {
    expect(observed({ results }, `drift: ${name}`).join('\n')).toContain(words);
  }
  await runFixes(database, { results });
  expect(failedNames((await compare(database)).results)).toEqual(damage.byHand ? namesOf([damage]) : []);
});

test("added objects are findings where only the migrations write, and extra objects or the platform's elsewhere", async () => {
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

test('definitions of any kind that PostgreSQL parses alike are no difference', async () => {
  await using database = await libraryOn(server);
  // As after a dump and restore, without the parentheses that PostgreSQL does not need.
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
  const textual = await compare(database, { findEquivalent: async () => new Set() });
  expect(failedNames(textual.results).toSorted()).toEqual([
    'changed: index public.books_cheap',
    'changed: policy readers_change on public.readers',
    'changed: trigger books_note on public.books',
    'changed: view public.open_loans',
  ]);
  // PostgreSQL stores a BETWEEN as a nested AND; parsing its own printed text gives one flat AND.
  expect(failedNames((await compare(database)).results)).toEqual([]);
});
