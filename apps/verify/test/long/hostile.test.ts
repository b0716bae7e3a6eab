import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pc from 'picocolors';
import { expect, test } from 'vitest';
import { subjectsOf } from '../../src/checks/index.ts';
import { defineConfig } from '../../src/config.ts';
import { coverageOf } from '../../src/coverage.ts';
import { ConfigError, loadConfig } from '../../src/loadConfig.ts';
import { readProject } from '../../src/project.ts';
import { reportOf } from '../../src/report/report.ts';
import { renderTable } from '../../src/report/table.ts';
import { run } from '../../src/run.ts';
import { identifier, literal } from '../../src/sql/statements.ts';
import { openScenes } from '../support/server.ts';

const NASTY = `a "b' c\n– ü\u202e; --`;
const q = (name: string) => identifier(`${NASTY}${name}`);

/** One of each kind of object, none of which has a name that anybody would want. */
const STATEMENTS = [
  `CREATE SCHEMA ${q('s')}`,
  `CREATE TYPE ${q('s')}.${q('e')} AS ENUM (${literal(NASTY)}, 'b"c,d', '{}')`,
  `CREATE DOMAIN ${q('s')}.${q('d')} AS text CONSTRAINT ${q('dc')} CHECK (length(VALUE) < 40)`,
  `CREATE TABLE ${q('s')}.${q('p')} (${q('id')} int GENERATED ALWAYS AS IDENTITY CONSTRAINT ${q('pk')} PRIMARY KEY,
    ${q('e')} ${q('s')}.${q('e')} NOT NULL DEFAULT ${literal(NASTY)}, ${q('t')} ${q('s')}.${q('d')}, ${q('n')} varchar(20) NOT NULL,
    CONSTRAINT ${q('c')} CHECK (${q('n')} <> ${literal(NASTY)}), CONSTRAINT ${q('u')} UNIQUE (${q('n')}, ${q('e')}))`,
  `CREATE TABLE ${q('s')}.${q('k')} (${q('id')} int CONSTRAINT ${q('kpk')} PRIMARY KEY, ${q('p')} int NOT NULL
    CONSTRAINT ${q('fk')} REFERENCES ${q('s')}.${q('p')} ON DELETE CASCADE ON UPDATE CASCADE)`,
  `CREATE INDEX ${q('i')} ON ${q('s')}.${q('p')} (lower(${q('n')}), ${q('e')} DESC)`,
  `CREATE INDEX ${q('ki')} ON ${q('s')}.${q('k')} (${q('p')})`,
  `CREATE UNIQUE INDEX ${q('x')} ON ${q('s')}.${q('p')} (upper(${q('n')})) WHERE ${q('t')} IS NULL`,
  `CREATE VIEW ${q('s')}.${q('v')} AS SELECT ${q('id')}, ${q('n')} AS ${q('m')} FROM ${q('s')}.${q('p')} WHERE ${q('t')} IS NULL`,
  `CREATE SEQUENCE ${q('s')}.${q('q')} INCREMENT BY -3 MAXVALUE 30 START WITH 30 MINVALUE 0`,
];

test('objects with quotes, spaces, newlines and unicode in every name are proved, each of them', async () => {
  const migrations = await mkdtemp(join(tmpdir(), 'verify-hostile-'));
  await mkdir(join(migrations, 'meta'));
  await writeFile(join(migrations, '0000_nasty.sql'), STATEMENTS.join(';\n--> statement-breakpoint\n'));
  const entry = { idx: 0, version: '7', when: 1735689600000, tag: '0000_nasty', breakpoints: true };
  await writeFile(
    join(migrations, 'meta/_journal.json'),
    JSON.stringify({ version: '7', dialect: 'postgresql', entries: [entry] }),
  );
  const config = defineConfig({ migrations, schemas: [`${NASTY}s`] });
  const open = openScenes({ prior: undefined, prepare: undefined, ...config } as typeof config);
  const project = await readProject(open, config);
  const subjects = subjectsOf(config, project);
  const results = await run(subjects, open, { jobs: 2 });
  await rm(migrations, { recursive: true });
  expect(results.filter(({ status }) => status !== 'passed')).toEqual([]);
  const coverage = coverageOf(project, subjects, results);
  expect(coverage.totals).toEqual({ proved: coverage.objects.length, failed: 0, waived: 0, unproved: 0 });
  const text = renderTable(
    reportOf(results, { postgresMajor: 18, bootstrap: 'plain', elapsedMs: 1, coverage }),
    pc.createColors(false),
  );
  expect(text.replaceAll('\n', '')).not.toMatch(/[\p{Cc}\p{Cf}]/u);
  expect(text).toContain(
    `objects: ${coverage.objects.length}; proved ${coverage.objects.length}; waived 0; unproved: none`,
  );
});

test.each([
  ['nothing', 'export const other = 1', 'it must export defineConfig'],
  ['no folder', 'export default { schemas: ["public"] }', '`migrations` must be the path'],
  ['no schemas', 'export default { migrations: "x", schemas: [] }', '`schemas` must list'],
  [
    'a folder without a journal',
    'export default { migrations: "/nowhere", schemas: ["public"] }',
    'is no Drizzle migrations folder',
  ],
  [
    'a waiver without a reason',
    'export default { migrations: "x", schemas: ["a"], waivers: { "table a.b": " " } }',
    'must give a reason',
  ],
  ['no module', 'export default {', 'cannot be loaded'],
])('a config with %s is a clear error', async (name, text, words) => {
  const folder = await mkdtemp(join(tmpdir(), 'verify-config-'));
  const file = join(folder, `${name.replaceAll(' ', '-')}.mjs`);
  await writeFile(file, text);
  const error = await loadConfig(file).catch((thrown: unknown) => thrown);
  await rm(folder, { recursive: true });
  expect(error).toBeInstanceOf(ConfigError);
  expect(String(error)).toContain(words);
});
