import { expect, test } from 'vitest';
import { readCatalog, renderErDiagram } from '../src/index.ts';
import { emptyDatabase } from './support/databases.ts';

const SCHEMA = `
  CREATE SCHEMA auth; CREATE TABLE auth.users (id uuid PRIMARY KEY, secret text);
  CREATE TABLE profiles (user_id uuid PRIMARY KEY REFERENCES auth.users ON DELETE CASCADE, price numeric(10,2), born timestamptz NOT NULL);
  CREATE TABLE tracks (id uuid PRIMARY KEY, album uuid REFERENCES tracks, owner uuid NOT NULL REFERENCES profiles ON DELETE SET NULL,
    key varchar(20) NOT NULL UNIQUE);
  CREATE TABLE "odd ""table""" ("a b" int, "1st" int[]);
  CREATE TABLE parts (id int) PARTITION BY LIST (id); CREATE TABLE part_one PARTITION OF parts FOR VALUES IN (1);`;

test('the diagram has tables, columns with their keys, and relations with their cardinality', async () => {
  await using database = await emptyDatabase(18);
  await database.sql.unsafe(SCHEMA);
  expect(renderErDiagram(await readCatalog(database.sql, { schemas: ['public'] }))).toBe(`erDiagram
  "_odd __table___" {
    integer a_b "a b, nullable"
    integer[] _1st "1st, nullable"
  }
  parts {
    integer id "nullable"
  }
  profiles {
    uuid user_id PK, FK
    numeric(10_2) price "nullable"
    timestamptz born
  }
  tracks {
    uuid id PK
    uuid album FK "nullable"
    uuid owner FK
    varchar(20) key UK
  }
  "auth.users" ||--o| profiles : "user_id, on delete cascade"
  tracks |o--o{ tracks : "album, on delete no action"
  profiles ||--o{ tracks : "owner, on delete set null"
`);
});
