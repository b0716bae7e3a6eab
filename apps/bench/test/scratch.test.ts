import postgres from 'postgres';
import { expect, test } from 'vitest';
import { assertScratch, NotScratch } from '../src/context/scratch.ts';
import { emptyDatabase } from './support/servers.ts';

async function refusal(prepare: string): Promise<string> {
  const { url } = await emptyDatabase();
  const sql = postgres(url, { max: 1, onnotice: () => undefined });
  await sql.unsafe(prepare);
  await sql.end();
  const error = await assertScratch(url).catch((reason: unknown) => reason);
  expect(error).toBeInstanceOf(NotScratch);
  return error instanceof Error ? error.message : '';
}

test('a database with only the stand-ins for Supabase is accepted', async () => {
  const { url } = await emptyDatabase();
  await expect(assertScratch(url)).resolves.toBeUndefined();
});

test('a database with a table is refused, and the error names the table', async () => {
  expect(await refusal('CREATE TABLE songs (id int)')).toContain('it has songs');
});

test('a table in another schema is found too', async () => {
  expect(await refusal('CREATE SCHEMA shop; CREATE TABLE shop.orders (id int)')).toContain('it has shop.orders');
});

test('a database with users is refused', async () => {
  expect(await refusal('INSERT INTO auth.users (id) VALUES (gen_random_uuid())')).toContain('auth.users has rows');
});

test('a database without the stand-ins is refused, and the error names the command to run', async () => {
  expect(await refusal('DROP TABLE auth.users')).toContain('bootstrap/plain.sql');
});

test('a role that may not create databases is refused', async () => {
  const { url } = await emptyDatabase();
  const sql = postgres(url, { max: 1 });
  await sql`CREATE ROLE visitor LOGIN PASSWORD 'secret'`;
  await sql`GRANT USAGE ON SCHEMA auth TO visitor`;
  await sql`GRANT SELECT ON auth.users TO visitor`;
  await sql.end();
  const asVisitor = Object.assign(new URL(url), { username: 'visitor', password: 'secret' }).href;
  await expect(assertScratch(asVisitor)).rejects.toThrow('the role needs CREATEDB');
});
