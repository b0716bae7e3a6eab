import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { applyPlainPart } from '@app/db/distributed';
import { expect, test } from 'vitest';
import { databases } from './support/server.ts';

const VERIFY = fileURLToPath(new URL('..', import.meta.url));

/** What the checks read of Citus; the one worker answers as the coordinator would, but that anybody may call create_upload. */
const STAND_IN = `
  SET allow_system_table_mods = on;
  CREATE TABLE pg_catalog.pg_dist_partition AS SELECT 'public.uploads'::regclass AS logicalrelid;
  CREATE TABLE pg_catalog.pg_dist_node AS SELECT 1 AS groupid, true AS isactive, 'primary' AS noderole;
  CREATE TABLE pg_catalog.opened AS SELECT false AS everybody;
  CREATE FUNCTION pg_catalog.run_command_on_workers(command text)
  RETURNS TABLE (nodename text, nodeport int, success bool, result text) LANGUAGE plpgsql AS $$
  DECLARE
    key constant text := 'public.create_upload(uuid,text,text,bigint,text,bigint,uuid)';
  BEGIN
    EXECUTE command INTO result;
    IF (SELECT o.everybody FROM pg_catalog.opened AS o) THEN
      result := jsonb_set(result::jsonb, ARRAY[key], to_jsonb(result::json ->> key || ',=X/postgres'))::text;
    END IF;
    RETURN QUERY SELECT 'worker', 5432, true, result;
  END $$`;

interface Ended {
  readonly outcome: string;
  readonly results: readonly {
    subject: string;
    name: string;
    status: string;
    differences?: readonly { what: string }[];
  }[];
}

async function verify(url: string): Promise<Ended> {
  const run = promisify(execFile)('node_modules/.bin/tsx', ['main.ts', '--url', '--json'], {
    ...{ cwd: VERIFY, env: { ...process.env, DATABASE_URL: url }, timeout: 150_000, maxBuffer: 1e8 },
  });
  const { stdout } = await run.catch((error: { stdout: string }) => error);
  return JSON.parse(stdout) as Ended;
}

test('verify --url expects the distributed form of a distributed database, and asks every node', async () => {
  await using database = await databases()('migrated');
  const { superuser, superuserUrl } = database;
  await superuser.unsafe(STAND_IN);
  await applyPlainPart(superuser);
  const after = await verify(superuserUrl);
  await superuser`UPDATE pg_catalog.opened SET everybody = true`;
  const opened = await verify(superuserUrl);

  const failed = ({ results }: Ended) => results.filter(({ status }) => status === 'failed');
  expect(failed(after)).toEqual([]);
  expect(after.results).toContainEqual(
    expect.objectContaining({ subject: 'nodes', status: 'passed', observations: 1 }),
  );
  expect(failed(opened)).toMatchObject([
    {
      subject: 'nodes',
      severity: 'high',
      differences: [{ what: expect.stringMatching(/^public\.create_upload\(.* on worker:5432$/) }],
    },
  ]);
});
