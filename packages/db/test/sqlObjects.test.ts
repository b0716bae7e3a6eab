import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { planSqlObjects } from '../src/generate/sqlObjectChanges.ts';
import {
  compareSqlObjects,
  joinParts,
  readSqlObjects,
  renderBlock,
  sqlObjectsInMigrations,
} from '../src/sqlObjects.ts';

const func = (name: string, parameters: string, { result = 'boolean', text = 'RETURN true;' } = {}) =>
  `CREATE OR REPLACE FUNCTION ${name}(${parameters}) RETURNS ${result} LANGUAGE plpgsql AS $$ BEGIN ${text} END $$;`;
const trigger = (name: string, table = 'public.x', func = 'private.f') =>
  `CREATE OR REPLACE TRIGGER ${name} AFTER INSERT ON ${table} FOR EACH ROW EXECUTE FUNCTION ${func}();`;
const grant = (on: string, privilege = 'SELECT') => `GRANT ${privilege} ON ${on} TO anon;`;

describe('SQL objects in migrations', () => {
  test('the last block of an object is what the migrations end in', () => {
    const first = joinParts(['CREATE TABLE t ();', renderBlock({ name: 'f', text: 'one' })]);
    const second = joinParts([renderBlock({ name: 'f', text: 'two\n\nlines' })]);

    expect(sqlObjectsInMigrations([first, second])).toEqual(new Map([['f', 'two\n\nlines']]));
  });

  test('several blocks in one migration are read apart', () => {
    const text = joinParts([renderBlock({ name: 'f', text: 'one' }), renderBlock({ name: 'g', text: 'two' })]);

    expect(sqlObjectsInMigrations([text])).toEqual(
      new Map([
        ['f', 'one'],
        ['g', 'two'],
      ]),
    );
    expect(text.match(/--> statement-breakpoint/g)).toHaveLength(1);
  });

  test('CRLF line ends, in the folder or in a migration, are no change', () => {
    const folder = mkdtempSync(join(tmpdir(), 'sql-objects-'));
    try {
      writeFileSync(join(folder, 'f.sql'), 'one\r\ntwo\r\n');
      const migration = renderBlock({ name: 'f', text: 'one\ntwo' }).replaceAll('\n', '\r\n');

      expect(readSqlObjects(folder)).toEqual([{ name: 'f', text: 'one\ntwo' }]);
      expect(sqlObjectsInMigrations([migration])).toEqual(new Map([['f', 'one\ntwo']]));
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  test('a changed, a new and a removed object are told apart from one that stayed', () => {
    const migrated = new Map([
      ['same', 'a'],
      ['changed', 'b'],
      ['removed', 'c'],
      ['gone', ''],
    ]);
    const current = [
      { name: 'same', text: 'a' },
      { name: 'changed', text: 'B' },
      { name: 'new', text: 'd' },
    ];

    const changes = compareSqlObjects(current, migrated);

    expect(changes.changed.map(({ name }) => name)).toEqual(['changed', 'new']);
    expect(changes.removed).toEqual(['removed']);
  });

  test('a renamed file is no change; once its text changes too, the old name is forgotten', () => {
    const migrated = new Map([['old', 'a']]);

    expect(compareSqlObjects([{ name: 'new', text: 'a' }], migrated)).toEqual({ changed: [], removed: [] });
    expect(compareSqlObjects([{ name: 'new', text: 'b' }], migrated)).toEqual({
      changed: [{ name: 'new', text: 'b' }],
      removed: ['old'],
    });
  });
});

type Texts = Readonly<Record<string, string>>;

/** The drops, and the names of the objects to run, of a migration from some texts to others. */
async function plan(before: Texts, after: Texts, schemaChanges = '') {
  const current = Object.entries(after).map(([name, text]) => ({ name, text }));
  const { drops, created, removed } = await planSqlObjects(current, new Map(Object.entries(before)), schemaChanges);
  return { drops, created: created.map(({ name }) => name), removed };
}

describe('drops', () => {
  test('a new body alone needs none', async () => {
    const before = { f: func('public.f', 'a uuid') };
    const after = { f: func('public.f', 'a uuid', { text: 'RETURN false;' }) };

    expect(await plan(before, after)).toEqual({ drops: [], created: ['f'], removed: [] });
  });

  test.each([
    ['another parameter type', func('public.f', 'a text')],
    ['another parameter name', func('public.f', 'b uuid')],
    ['one parameter more', func('public.f', 'a uuid, b bigint DEFAULT 1')],
    ['another result', func('public.f', 'a uuid', { result: 'text' })],
  ])('%s drops the old signature, without CASCADE', async (_, f) => {
    const { drops } = await plan({ f: func('public.f', 'a uuid, OUT c text', { result: 'text' }) }, { f });

    expect(drops).toEqual(['DROP FUNCTION public.f(uuid);']);
  });

  test('a trigger that leaves a file with several is dropped, one that is only redefined is not', async () => {
    const before = { t: trigger('a') + trigger('b') };

    expect(await plan(before, { t: trigger('b', 'public.x', 'private.g') })).toEqual({
      drops: ['DROP TRIGGER a ON public.x;'],
      created: ['t'],
      removed: [],
    });
  });

  test('triggers are dropped before views, and views before functions', async () => {
    const before = {
      f: func('private.f', 'a uuid[], b bigint'),
      v: 'CREATE VIEW public.v AS SELECT private.f(NULL, 1);',
      t: trigger('t'),
    };

    expect(await plan(before, {})).toEqual({
      drops: ['DROP TRIGGER t ON public.x;', 'DROP VIEW public.v;', 'DROP FUNCTION private.f(uuid[], bigint);'],
      created: [],
      removed: ['f', 'v', 't'],
    });
  });

  test('what moved to another file is not dropped, though both files changed', async () => {
    const f = func('public.f', 'a uuid');
    const g = func('public.g', 'a uuid');

    expect(await plan({ a: f + g, b: '' }, { a: f, b: g })).toEqual({ drops: [], created: ['a', 'b'], removed: [] });
  });

  test('a function that is made anew takes its triggers and views with it, and they come back', async () => {
    const before = {
      f: func('private.f', '', { result: 'trigger' }),
      g: func('private.g', 'a text', { result: 'text' }),
      v: 'CREATE OR REPLACE VIEW public.v AS SELECT private.g(title) FROM public.x;',
      w: 'CREATE OR REPLACE VIEW public.w AS SELECT * FROM public.v;',
      other: 'CREATE OR REPLACE VIEW public.other AS SELECT 1;',
      t: trigger('t'),
    };
    const after = {
      ...before,
      f: func('private.f', '', { result: 'void' }),
      g: func('private.g', 'a varchar', { result: 'text' }),
    };

    expect(await plan(before, after)).toEqual({
      drops: [
        'DROP TRIGGER t ON public.x;',
        'DROP VIEW public.v;',
        'DROP VIEW public.w;',
        'DROP FUNCTION private.f();',
        'DROP FUNCTION private.g(text);',
      ],
      created: ['f', 'g', 'v', 'w', 't'],
      removed: [],
    });
  });

  test('a constraint trigger is dropped where its file is run again, since it has no OR REPLACE', async () => {
    const constraint = trigger('c').replace('OR REPLACE TRIGGER', 'CONSTRAINT TRIGGER');
    const before = { t: constraint };

    expect((await plan(before, { t: constraint.replace('INSERT', 'UPDATE') })).drops).toEqual([
      'DROP TRIGGER c ON public.x;',
    ]);
    expect((await plan(before, { t: constraint + trigger('other') })).drops).toEqual(['DROP TRIGGER c ON public.x;']);
    expect((await plan(before, { ...before, u: trigger('other') })).drops).toEqual([]);
  });

  test('nothing is dropped on a table that goes', async () => {
    const before = { t: trigger('t'), grants: grant('TABLE public.x'), policy: 'CREATE POLICY p ON x USING (true);' };
    const schema = 'DROP TABLE "x" CASCADE;';

    expect(await plan(before, {}, schema)).toEqual({ drops: [], created: [], removed: ['t', 'grants', 'policy'] });
  });

  test('what stays although it needs a table that goes is run again, for the server to refuse', async () => {
    const before = { t: trigger('t'), f: func('public.f', 'a public.x') };

    expect((await plan(before, before, 'DROP TABLE "x" CASCADE;')).created).toEqual(['t', 'f']);
  });

  test('grants need no DROP: a removed file of grants revokes what no other file grants', async () => {
    const before = { a: grant('TABLE public.x') + grant('TABLE public.x', 'INSERT'), b: grant('TABLE public.y') };

    expect(await plan(before, { c: grant('TABLE public.x') })).toEqual({
      drops: ['REVOKE INSERT ON public.x FROM anon RESTRICT;', 'REVOKE SELECT ON public.y FROM anon RESTRICT;'],
      created: ['c'],
      removed: ['a', 'b'],
    });
  });

  test('an object that no DROP can be derived for is left to a person', async () => {
    await expect(plan({ t: 'CREATE TYPE public.mood AS ENUM ();' }, {})).rejects.toThrow(
      /^src\/functions\/t\.sql is gone, and no DROP can be derived/,
    );
  });

  test('a text that is no SQL is named', async () => {
    await expect(plan({}, { f: 'CREATE FUNKTION f();' })).rejects.toThrow(/^src\/functions\/f\.sql: syntax error/);
  });
});

describe('grants come back', () => {
  const grants = { f_grants: grant('FUNCTION public.f(uuid)', 'EXECUTE'), x_grants: grant('public.x') };

  test('after a function that is made anew, from a file that did not change', async () => {
    const before = { f: func('public.f', 'a uuid'), ...grants };
    const after = { f: func('public.f', 'b uuid'), ...grants };

    expect(await plan(before, after)).toMatchObject({ created: ['f', 'f_grants'] });
  });

  test('after a view that drizzle-kit drops and creates again', async () => {
    const schema = 'DROP VIEW "public"."x";\n--> statement-breakpoint\nCREATE VIEW "public"."x" AS (select 1);';

    expect(await plan(grants, grants, schema)).toEqual({ drops: [], created: ['x_grants'], removed: [] });
    expect(await plan(grants, grants, 'ALTER TABLE "x" ADD COLUMN "a" text;')).toMatchObject({ created: [] });
  });
});
