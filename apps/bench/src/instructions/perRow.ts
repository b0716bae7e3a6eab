import { migrationsFolder } from '@app/db/migrations';
import { createDatabase, startThrowawayServer } from '@app/local-postgres';
import { migrate } from '@app/migrator';
import { connect } from '../context/connect.ts';
import { count, fillUploads, fillUsers } from '../data/fill.ts';
import { userId } from '../data/ids.ts';
import { addVariants, copyUploads } from '../data/variants.ts';
import { compare, seriesOf, target } from '../harness/compare.ts';
import type { Measured, Role } from '../harness/interleave.ts';
import type { Comparison, Target } from '../result.ts';
import { copyData, hasValgrind } from './callgrind.ts';

export interface PerRow {
  readonly comparisons: readonly Comparison[];
  readonly targets: readonly Target[];
  readonly remark: string;
}

interface Plan {
  /** Number of rows before the run. */
  readonly rows: number;
  /** The lengths of two runs. Their difference excludes the start of the process. */
  readonly lengths: readonly [shorter: number, longer: number];
  readonly progress: (text: string) => void;
}

const USERS = 100;
const VALUES = (user: string, key: string) => `('${user}', '${key}', 'audio/mpeg', 1000, 'Take one')`;
const COLUMNS = '(user_id, file_key, content_type, size_bytes, title)';
const PRD = "bare INSERT into the PRD's table";
const OURS = 'ours: create_upload()';

const WAYS: readonly {
  readonly name: string;
  readonly role: Role;
  readonly write: (user: string, key: string) => string;
}[] = [
  { name: PRD, role: 'limit', write: (user, key) => `INSERT INTO prd.uploads ${COLUMNS} VALUES ${VALUES(user, key)}` },
  {
    name: 'bare INSERT into our table',
    role: 'ours',
    write: (user, key) => `INSERT INTO bare.uploads ${COLUMNS} VALUES ${VALUES(user, key)}`,
  },
  {
    name: 'ours: INSERT, with the triggers',
    role: 'ours',
    write: (user, key) => `INSERT INTO public.uploads ${COLUMNS} VALUES ${VALUES(user, key)}`,
  },
  {
    name: OURS,
    role: 'ours',
    write: (user, key) =>
      `SELECT public.create_upload('${user}', '${key}', 'audio/mpeg', 1000, 'Take one', 1000000000000)`,
  },
];

/**
 * The server's instructions for one row, which do not depend on the machine or its load. Each row is one statement in its own
 * transaction in single-user mode, parsed and planned each time, as for a client that prepares no statement.
 */
export async function instructionsPerRow({ rows, lengths, progress }: Plan): Promise<PerRow> {
  if (!hasValgrind()) {
    return { comparisons: [], targets: [], remark: 'Instructions per row are not counted: valgrind is not installed.' };
  }
  const server = await startThrowawayServer({ settings: { autovacuum: 'off' } });
  try {
    const { url } = await createDatabase(server);
    await prepare(url, rows);
    const database = decodeURIComponent(new URL(url).pathname.slice(1));
    using data = copyData(server);
    const measured: Measured<number>[] = [];
    for (const { name, role, write } of WAYS) {
      progress(`instructions of ${name}`);
      const counts: number[] = [];
      for (const length of lengths) {
        const statements = Array.from({ length }, (_, n) =>
          write(userId(n % USERS), `${userId(n % USERS)}/counted/${n}`),
        );
        counts.push(await data.count(database, statements));
      }
      const [shorter = 0, longer = 0] = counts;
      measured.push({ name, role, samples: [Math.round((longer - shorter) / (lengths[1] - lengths[0]))] });
    }
    const title = 'instructions a row';
    const comparison = compare(measured, { title, unit: 'instructions', better: 'less', value: (it) => it });
    const sides = [seriesOf(comparison, OURS), seriesOf(comparison, PRD)] as const;
    return {
      comparisons: [comparison],
      targets: target('create_upload(), instructions a row: against a bare INSERT into the PRD’s table', sides, {
        atMost: 2.5,
      }),
      remark:
        'Instructions are counted by callgrind on PostgreSQL’s single-user mode: a statement and a transaction for each row, ' +
        `${lengths[1]} rows against ${lengths[0]}, the difference divided.`,
    };
  } finally {
    await server.stop();
  }
}

async function prepare(url: string, rows: number): Promise<void> {
  await migrate({ folder: migrationsFolder, url });
  await using pool = connect(url, { max: 1 });
  const { sql } = pool;
  const users = USERS * 10;
  await fillUsers(sql, users);
  await fillUploads(sql, { rows, users });
  await count(sql);
  // Some keys wait and some are purged, as in a database in use.
  await sql`
    INSERT INTO public.deleted_objects (file_key, source, purged_at)
    SELECT 'gone/' || n, 'uploads.file_key', CASE WHEN n % 2 = 0 THEN now() END FROM generate_series(1, 2000) AS n`;
  await addVariants(sql);
  for (const variant of ['bare', 'prd'] as const) await copyUploads(sql, variant);
  await sql`VACUUM ANALYZE`;
  await sql`CHECKPOINT`;
}
