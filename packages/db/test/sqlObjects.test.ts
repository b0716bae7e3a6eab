import { describe, expect, test } from 'vitest';
import { dropStatements } from '../src/sqlObjectDrops.ts';
import { appendBlocks, compareSqlObjects, renderBlock, sqlObjectsInMigrations } from '../src/sqlObjects.ts';

const body = (parameters: string, result = 'boolean', text = 'RETURN true;') =>
  `CREATE OR REPLACE FUNCTION public.f(${parameters}) RETURNS ${result} LANGUAGE plpgsql AS $$ BEGIN ${text} END $$;`;

describe('SQL objects in migrations', () => {
  test('the last block of an object is what the migrations end in', () => {
    const first = appendBlocks('CREATE TABLE t ();', [renderBlock({ name: 'f', text: 'one' })]);
    const second = appendBlocks('', [renderBlock({ name: 'f', text: 'two\n\nlines' })]);

    expect(sqlObjectsInMigrations([first, second])).toEqual(new Map([['f', 'two\n\nlines']]));
  });

  test('several blocks in one migration are read apart', () => {
    const text = appendBlocks('', [renderBlock({ name: 'f', text: 'one' }), renderBlock({ name: 'g', text: 'two' })]);

    expect(sqlObjectsInMigrations([text])).toEqual(
      new Map([
        ['f', 'one'],
        ['g', 'two'],
      ]),
    );
    expect(text.match(/--> statement-breakpoint/g)).toHaveLength(1);
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
});

describe('drops before a new text', () => {
  test('a new body alone needs none', async () => {
    expect(await dropStatements('f', body('a uuid'), body('a uuid', 'boolean', 'RETURN false;'))).toEqual([]);
  });

  test.each([
    ['another parameter type', body('a text')],
    ['another parameter name', body('b uuid')],
    ['one parameter more', body('a uuid, b bigint DEFAULT 1')],
    ['another result', body('a uuid', 'text')],
  ])('%s drops the old signature, without CASCADE', async (_, after) => {
    expect(await dropStatements('f', body('a uuid, OUT c text', 'text'), after)).toEqual([
      'DROP FUNCTION public.f(uuid);',
    ]);
  });

  test('a trigger that leaves a file with several is dropped, one that is only redefined is not', async () => {
    const trigger = (name: string, body = 'f') =>
      `CREATE OR REPLACE TRIGGER ${name} AFTER INSERT ON public.x FOR EACH ROW EXECUTE FUNCTION public.${body}();`;

    expect(await dropStatements('t', trigger('a') + trigger('b'), trigger('b', 'g'))).toEqual([
      'DROP TRIGGER a ON public.x;',
    ]);
  });

  test('a removed function and a removed trigger are dropped by name', async () => {
    const trigger = 'CREATE OR REPLACE TRIGGER t BEFORE UPDATE ON public.x FOR EACH ROW EXECUTE FUNCTION public.f();';

    expect(await dropStatements('f', body('a uuid[], b bigint'), null)).toEqual([
      'DROP FUNCTION public.f(uuid[], bigint);',
    ]);
    expect(await dropStatements('t', trigger, null)).toEqual(['DROP TRIGGER t ON public.x;']);
  });

  test('an object that is neither is left to a person', async () => {
    await expect(dropStatements('g', 'GRANT SELECT ON public.x TO anon;', null)).rejects.toThrow(
      /^g: no DROP can be derived/,
    );
  });
});
