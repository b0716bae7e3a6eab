import { createDatabase, statement } from '@app/db/client';
import { sql } from 'drizzle-orm';
import pg from 'pg';
import postgres from 'postgres';
import type { Case, Size } from '../case.ts';
import { compareThroughput, seriesOf, target } from '../harness/compare.ts';
import { interleave } from '../harness/interleave.ts';
import { type Asked, clients, throughputOf } from '../harness/throughput.ts';

interface Plan {
  readonly callers: readonly number[];
  readonly rounds: number;
  readonly warmUp: number;
  readonly sliceMs: number;
}

const PLANS: Record<Size, Plan> = {
  quick: { callers: [1, 8], rounds: 2, warmUp: 0, sliceMs: 25 },
  short: { callers: [1, 8, 32, 128], rounds: 8, warmUp: 1, sliceMs: 150 },
  full: { callers: [1, 8, 32, 128], rounds: 10, warmUp: 2, sliceMs: 150 },
};
/** Of each pool, whatever the callers. */
const CONNECTIONS = 10;
const TEXT = 'SELECT $1::text AS id, $2::int8 AS bytes';
const OURS = 'ours: @app/connections';

const echo = statement<{ id: string; bytes: number }>()(
  {
    id: sql<string>`${sql.placeholder('id')}::text`,
    bytes: sql<string>`${sql.placeholder('bytes')}::int8`,
  },
  (_, fields) => sql`SELECT ${fields}`,
);

const DESIGNS: readonly ((url: string) => Asked)[] = [
  (url) => ({
    ...{ name: "postgres.js' own pool", role: 'limit' },
    open: () => {
      const pool = postgres(url, { max: CONNECTIONS, fetch_types: false });
      return { ask: () => pool.unsafe(TEXT, ['an id', 1], { prepare: true }), close: () => pool.end() };
    },
  }),
  (url) => ({
    ...{ name: OURS, role: 'ours' },
    open: () => {
      const database = createDatabase({ url, maxConnections: CONNECTIONS });
      return { ask: () => database.run(echo, { id: 'an id', bytes: 1 }), close: () => database.close() };
    },
  }),
  (url) => ({
    ...{ name: 'pg with its pool', role: 'rival' },
    open: () => {
      const pool = new pg.Pool({ connectionString: url, max: CONNECTIONS });
      return { ask: () => pool.query({ name: 'echo', text: TEXT, values: ['an id', 1] }), close: () => pool.end() };
    },
  }),
];

export const pool: Case = {
  name: 'pool',
  question: "What do deadlines and the search for the primary cost, beside postgres.js' own pool and pg with its pool?",
  seconds: { quick: 3, short: 30, full: 40 },
  measure: async (context) => {
    const { callers, ...plan } = PLANS[context.size];
    const comparisons = [];
    for (const atOnce of callers) {
      const contenders = DESIGNS.map((design) => throughputOf(design(context.empty.url), { ...plan, atOnce }));
      const title = `a statement that echoes its values, ${clients(atOnce)}`;
      const onRound = (round: string) => context.progress(`${title}, ${round}`);
      comparisons.push(compareThroughput(title, await interleave(contenders, { ...plan, onRound })));
    }
    return {
      comparisons,
      targets: comparisons.flatMap((comparison) => {
        const sides = [OURS, "postgres.js' own pool"].map((name) => seriesOf(comparison, name));
        return target(`${comparison.title}: against postgres.js' own pool`, [sides[0], sides[1]], { atLeast: 0.95 });
      }),
      remarks: [`Pools of ${CONNECTIONS} connections; the statement is prepared by each.`],
    };
  },
};
