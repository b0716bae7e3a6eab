import { describe, expect, test } from 'vitest';
import { diffCatalogs, dumpObjects, dumpSchema, objectsOfKind, readCatalog } from '../src/index.ts';
import { allKindsDatabase, emptyDatabase } from './support/databases.ts';
import { MAJORS } from './support/servers.ts';

describe.each(MAJORS)('on PostgreSQL %i', (major) => {
  test('a dump that runs on an empty database recreates every object, and the copy has the same dump', async () => {
    await using source = await allKindsDatabase(major);
    await using copy = await emptyDatabase(major);
    const original = await readCatalog(source.sql);
    const dump = dumpSchema(original);
    await copy.sql.unsafe(dump);
    const rebuilt = await readCatalog(copy.sql);
    expect(diffCatalogs(original, rebuilt, { acrossVersions: true })).toEqual([]);
    expect(dumpSchema(rebuilt)).toBe(dump);
  });

  test('the statements of the objects that a DROP … CASCADE dropped recreate exactly these objects', async () => {
    await using source = await allKindsDatabase(major);
    const original = await readCatalog(source.sql);
    await source.sql.unsafe('DROP TABLE shop.one_to_one CASCADE; DROP VIEW shop.busy CASCADE');
    const lost = new Set(
      diffCatalogs(original, await readCatalog(source.sql)).map((it) => `${it.kind} ${it.identity}`),
    );
    const statements = dumpObjects(original, ({ kind, identity }) => lost.has(`${kind} ${identity}`));
    for (const statement of statements) await source.sql.unsafe(statement);
    expect(diffCatalogs(original, await readCatalog(source.sql))).toEqual([]);
  });

  test('default privileges of the target database add no grants to the objects of a dump', async () => {
    await using source = await emptyDatabase(major);
    await using target = await emptyDatabase(major);
    const open = 'ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT ALL ON TABLES TO pg_monitor';
    for (const { sql } of [source, target]) await sql.unsafe(open);
    await source.sql.unsafe(
      'CREATE TABLE closed (id int); REVOKE ALL ON closed FROM pg_monitor; CREATE TABLE opened (id int)',
    );
    const original = await readCatalog(source.sql);
    await target.sql.unsafe(dumpSchema(original));
    expect(diffCatalogs(original, await readCatalog(target.sql))).toEqual([]);
    const toMonitor = objectsOfKind(original, 'grant').filter(({ grantee }) => grantee === 'pg_monitor');
    expect(toMonitor.map(({ on }) => on)).toEqual(['table public.opened']);
  });
});

test('PostgreSQL 15 and 18 dump the same text for the same schema', async () => {
  await using oldest = await allKindsDatabase(15);
  await using newest = await allKindsDatabase(18);
  const [from15, from18] = await Promise.all([readCatalog(oldest.sql), readCatalog(newest.sql)]);
  expect(dumpSchema(from18)).toBe(dumpSchema(from15));
  expect(diffCatalogs(from15, from18, { acrossVersions: true })).toEqual([]);
});

test('a dump ends in a newline and does not depend on the order in which the objects were created', async () => {
  await using one = await emptyDatabase(18);
  await using other = await emptyDatabase(18);
  const [a, b] = ['CREATE TABLE a (id int PRIMARY KEY)', 'CREATE TABLE b (id int PRIMARY KEY)'];
  await one.sql.unsafe(`${a}; ${b}`);
  await other.sql.unsafe(`${b}; ${a}`);
  const dump = dumpSchema(await readCatalog(one.sql));
  expect(dumpSchema(await readCatalog(other.sql))).toBe(dump);
  expect(dump.endsWith(';\n')).toBe(true);
});
