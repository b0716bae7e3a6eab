import { functionsFolder, migrationsFolder } from '@app/db/migrations';
import { readSqlObjects } from '@app/db/sql-objects';
import { expect, test } from 'vitest';
import { makeMistake } from './support/edits.ts';
import { MISTAKES } from './support/mistakes.ts';
import { testMistakes } from './support/mistakeTests.ts';

const SAMPLE = [
  'create_upload refuses the last byte after it locked the counter',
  'the policy of uploads shows every row',
  'a title of 500 characters is refused',
  'a session without the lease marks a row as purged',
];

testMistakes(MISTAKES.filter(({ name }) => SAMPLE.includes(name)));

test('the sample is part of the mistakes; their names are unique, and none is left to the subject `source`', () => {
  const names = MISTAKES.map(({ name }) => name);
  expect(names).toEqual(expect.arrayContaining(SAMPLE));
  expect(new Set(names).size).toBe(names.length);
  expect(MISTAKES.filter(({ subject, edits }) => subject === 'source' || edits.length === 0)).toEqual([]);
});

test('an edit throws unless its text occurs once in the source and once in the migrations', async () => {
  const sqlObjects = readSqlObjects(functionsFolder).map(({ name, text }) => ({ file: `functions/${name}.sql`, text }));
  const config = { migrations: migrationsFolder, schemas: ['public'], sqlObjects };
  const exported = 'CREATE TABLE "added" (); CREATE TABLE "uploads" (); CREATE TABLE "uploads" ()';
  const errorOf = (of: string, from: string) => expect(makeMistake(config, exported, [{ of, from, to: '' }])).rejects;
  await errorOf('create_upload', 'quota_limit < -1').toThrow('create_upload.sql has this text 0 times and not once');
  await errorOf('create_upload', 'quota_limit').toThrow(/create_upload\.sql has this text \d+ times and not once/);
  await errorOf('create_downloads', 'BEGIN').toThrow('there is no function file create_downloads.sql');
  await errorOf('schema', 'CREATE TABLE "added" ()').toThrow('0 migrations and not one have this text');
  await errorOf('schema', 'CREATE TABLE "uploads" (').toThrow('the exported schema has this text 2 times');
});
