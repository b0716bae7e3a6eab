import postgres, { type Sql } from 'postgres';
import { describe, expect, test } from 'vitest';
import { constraintNames, meaningOf } from '../../src/errors/constraints.ts';
import { fromDriver } from '../../src/errors/fromDriver.ts';
import { useDatabase } from '../support/database.ts';

/**
 * The names that an error of the server may have: constraints (except NOT NULL, where the error has the column) and unique
 * indexes, of each table with at least one name in the list.
 */
async function namesInCatalog(sql: Sql): Promise<string[]> {
  const rows = await sql<{ table: string; name: string }[]>`
    SELECT con.conrelid::regclass::text AS table, con.conname AS name
      FROM pg_constraint AS con
      JOIN pg_namespace AS n ON n.oid = con.connamespace
     WHERE n.nspname IN ('public', 'private') AND con.contype <> 'n'
     UNION
    SELECT i.indrelid::regclass::text, c_i.relname
      FROM pg_index AS i
      JOIN pg_class AS c_i ON c_i.oid = i.indexrelid
      JOIN pg_class AS c ON c.oid = i.indrelid
      JOIN pg_namespace AS n ON n.oid = c.relnamespace
     WHERE n.nspname IN ('public', 'private') AND (i.indisunique OR i.indisexclusion)
     ORDER BY 2`;
  const used = new Set(rows.filter(({ name }) => meaningOf(name) !== undefined).map(({ table }) => table));
  return rows.filter(({ table }) => used.has(table)).map(({ name }) => name);
}

const unmapped = async (sql: Sql) => (await namesInCatalog(sql)).filter((name) => meaningOf(name) === undefined);

describe('the meanings of violated constraints', () => {
  const db = useDatabase('plain');

  test('every constraint and unique index of the service’s tables has a meaning, and every meaning has a constraint', async () => {
    expect(await unmapped(db.sql), 'to add to MEANINGS in src/errors/constraints.ts').toEqual([]);
    expect([...constraintNames].sort(), 'MEANINGS in src/errors/constraints.ts').toEqual(
      (await namesInCatalog(db.sql)).sort(),
    );
  });

  test('a constraint without a meaning is reported', async () => {
    const { sql } = db;
    await sql`ALTER TABLE uploads ADD CONSTRAINT uploads_new_check CHECK (size_bytes <> 13)`;
    await sql`CREATE UNIQUE INDEX idx_uploads_new ON uploads (title)`;
    try {
      expect(await unmapped(sql)).toEqual(['idx_uploads_new', 'uploads_new_check']);
    } finally {
      await sql`ALTER TABLE uploads DROP CONSTRAINT uploads_new_check`;
      await sql`DROP INDEX idx_uploads_new`;
    }
  });

  test('the number of a shard at the end of a name is ignored', () => {
    expect(meaningOf('uploads_file_key_unique_102679')).toEqual({ error: 'duplicate-file-key' });
    expect(meaningOf('uploads_file_key_unique_x')).toBeUndefined();
  });

  test.each([
    [
      '23505',
      'duplicate key value violates unique constraint "uploads_file_key_unique_102011"',
      { code: 'DUPLICATE_FILE_KEY' },
    ],
    [
      '23503',
      'insert or update on table "uploads_102008" violates foreign key constraint "uploads_user_id_fkey_102008"',
      { code: 'UNKNOWN_USER' },
    ],
    [
      '23514',
      'new row for relation "uploads_102008" violates check constraint "uploads_file_key_owner_check"',
      { code: 'INVALID_INPUT', field: 'fileKey', message: expect.stringContaining("must begin with the owner's id") },
    ],
  ])('the %s of a shard has no constraint field: its message names the constraint', (code, message, expected) => {
    const error = Object.assign(new postgres.PostgresError(''), { code, message });
    expect(fromDriver(error, 'nowhere')).toMatchObject(expected);
  });
});
