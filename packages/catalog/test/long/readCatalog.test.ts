import { expect, test } from 'vitest';
import { type CatalogError, objectsOfKind, readCatalog } from '../../src/index.ts';
import { connect, emptyDatabase } from '../support/databases.ts';
import { MAJORS } from '../support/servers.ts';

test.each(MAJORS)(
  'on PostgreSQL %i a schema that changes during the read gives a catalog or a typed error',
  async (major) => {
    await using database = await emptyDatabase(major);
    await using other = { sql: connect(database.url), [Symbol.asyncDispose]: () => other.sql.end() };
    let reading = true;
    const churn = async () => {
      for (let round = 0; reading; round += 1) {
        await other.sql.unsafe(
          `CREATE TABLE t${round} (id int PRIMARY KEY CHECK (id > 0)); CREATE VIEW v${round} AS SELECT id FROM t${round}`,
        );
        await other.sql.unsafe(`DROP VIEW v${round}; DROP TABLE t${round}`);
      }
    };
    const churning = churn();
    const outcomes = await Promise.all(
      Array.from({ length: 20 }, () =>
        readCatalog(database.sql).then(
          () => 'described',
          ({ code }: CatalogError) => code,
        ),
      ),
    ).finally(() => {
      reading = false;
    });
    await churning;
    expect(['described', 'changed-while-reading']).toEqual(expect.arrayContaining([...new Set(outcomes)]));
    expect(await readCatalog(database.sql)).toEqual(await readCatalog(database.sql));
  },
);

test('a database of 2,000 tables is read completely', async () => {
  await using database = await emptyDatabase(18);
  await database.sql.unsafe(`DO $$ BEGIN FOR i IN 1..2000 LOOP
    EXECUTE format('CREATE TABLE %I (id int)', 'table "' || i || E'"\\n'); END LOOP; END $$`);
  expect(objectsOfKind(await readCatalog(database.sql), 'table')).toHaveLength(2000);
});
