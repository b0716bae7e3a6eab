import { expect, test } from 'vitest';
import { parseStatements } from '../src/sql/parser.ts';

const cut = async (text: string) => (await parseStatements(text)).map(({ sql, line }) => `${line}: ${sql}`);

test('statements end where PostgreSQL’s own lexer ends them', async () => {
  const text = `-- a comment; with a semicolon
select 1; select E'it\\'s; one', U&'\\0441;', 'two''s;'; /* nested /* ; */ ; */
--> statement-breakpoint
create function f() returns void language plpgsql as $outer$
begin
  execute $inner$ select ';'; $inner$; --> statement-breakpoint
end $outer$;;
create function g() returns int begin atomic select 1; select 2; end;
create table "odd;name" (a int); select $1$ not a dollar quote`;
  await expect(cut(text)).rejects.toThrow('syntax error');
  expect(await cut(text.replace('; select $1$ not a dollar quote', ''))).toEqual([
    '2: select 1',
    `2: select E'it\\'s; one', U&'\\0441;', 'two''s;'`,
    `4: create function f() returns void language plpgsql as $outer$
begin
  execute $inner$ select ';'; $inner$; --> statement-breakpoint
end $outer$`,
    '8: create function g() returns int begin atomic select 1; select 2; end',
    '9: create table "odd;name" (a int)',
  ]);
});

test('offsets are right after characters of one to four bytes and Windows line ends', async () => {
  const text = "select 'é';\r\nselect '€', '😀';\r\n\r\nselect 'x' as \"ü\";\r\n";
  const statements = await parseStatements(text);
  expect(statements.map((it) => it.line)).toEqual([1, 2, 4]);
  for (const { sql, offset } of statements) expect(text.slice(offset, offset + sql.length)).toBe(sql);
});

test('a file of comments alone has no statement', async () => {
  expect(await cut('')).toEqual([]);
  expect(await cut('-- nothing yet\n/* here */\n;;\n')).toEqual([]);
});

test('a syntax error has its line, after characters outside the BMP too', async () => {
  for (const [text, line] of [
    ['selec 1', 1],
    ["select '😀😀😀😀';\n\nselect from where", 3],
    ['select 1;\nselect (', 2],
  ] as const) {
    await expect(parseStatements(text)).rejects.toMatchObject({ name: 'SqlSyntaxError', line });
  }
});

test('a file of 20,000 statements is parsed in linear time', async () => {
  const many = Array.from({ length: 20_000 }, (_, index) => `insert into t values (${index}, 'é');`).join('\n');
  const statements = await parseStatements(many);
  expect([statements.length, statements.at(-1)?.line]).toEqual([20_000, 20_000]);
});
