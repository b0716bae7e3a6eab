import type { CheckResult, Failure } from '../../src/check.ts';
import type { Outline, OutlinedColumn } from '../../src/report/outline.ts';
import { type Report, reportOf } from '../../src/report/report.ts';

function failed(subject: string, name: string, failure: Failure): CheckResult {
  return { subject, name, elapsedMs: 4, status: 'failed', ...failure };
}

const GONE = '42883: function public.create_order(uuid) does not exist';

/** Checks that fail because one function is missing. Each has its own fix. */
const CALLERS: readonly CheckResult[] = [
  'an order is counted',
  'an order below the limit is taken',
  'a retry is one order',
].map((name) =>
  failed('orders', name, {
    ...{ severity: 'medium', fix: `correct what ${name} needs in create_order.sql` },
    differences: [{ what: 'the check', expected: 'runs to its end', actual: GONE }],
  }),
);

const UNPROVED: readonly CheckResult[] = ['orders_total_positive', 'orders_note_length'].map((name) =>
  failed('coverage', name, {
    ...{ severity: 'low', fix: `add a case of ${name} to cases/orders.ts` },
    differences: [{ what: `constraint ${name} on public.orders`, expected: 'a case', actual: 'none' }],
  }),
);

export const OPEN_GRANT: CheckResult = failed('source', 'grant on table public.orders to anon', {
  severity: 'high',
  differences: [{ what: 'grant', expected: 'there is none', actual: 'GRANT SELECT ON TABLE public.orders TO anon' }],
  fix: 'write a migration that takes the grant away; or, to keep it, add it to src/functions/grants.sql',
  fixSql: 'REVOKE SELECT ON TABLE public.orders FROM anon;\nGRANT SELECT (id, total) ON TABLE public.orders TO anon;',
});

export const ACCEPTED: CheckResult = {
  ...{ subject: 'security', name: 'every function sets search_path', elapsedMs: 1, status: 'accepted' },
  ...{ reason: 'The extension creates this function.', severity: 'medium', fix: 'SET search_path' },
  differences: [{ what: 'public.armor(bytea)', expected: "search_path = ''", actual: 'none' }],
};

const RESULTS: readonly CheckResult[] = [
  ...CALLERS,
  failed('source', 'column public.orders.total', {
    severity: 'medium',
    differences: [{ what: 'type', expected: 'bigint', actual: 'integer' }],
    fix: 'write a migration towards src/schema/orders.ts',
    fixSql: 'ALTER TABLE public.orders ALTER COLUMN total TYPE bigint;',
  }),
  OPEN_GRANT,
  ...UNPROVED,
  ...['0001_orders', '0002_totals'].map(
    (name): CheckResult => ({
      ...{ subject: 'migrations', name, elapsedMs: 0, status: 'not run' },
      reason: 'no database could be created: 53100: no space left on device',
    }),
  ),
  ACCEPTED,
  ...Array.from(
    { length: 60 },
    (_, index): CheckResult => ({
      ...{ subject: index < 40 ? 'constraints' : 'indexes', name: `check ${index}`, elapsedMs: 3 + index },
      ...{ status: 'passed', observations: 2 },
      ...(index === 3 && { notices: ['The table has no rows.'] }),
      ...(index >= 40 && {
        evidence: [
          {
            ...{ kind: 'plan', name: `orders_idx_${index}`, table: 'public.orders', rows: 50_000 },
            query: 'SELECT id FROM public.orders WHERE user_id = $1 ORDER BY created_at DESC LIMIT 50',
            withIndex: { cost: 8.3, milliseconds: 0.03 + index / 500 },
            withoutIndex: { cost: 4_000, milliseconds: index / 2 },
          },
        ],
      }),
    }),
  ),
  {
    ...{ subject: 'races', name: 'quota', elapsedMs: 900, status: 'passed', observations: 3 },
    evidence: ['read committed', 'serializable'].map((isolation) => ({
      ...{ kind: 'race', isolation, sessions: 32, limit: 100_000_000 },
      runs: [
        { name: 'create_order', points: Array.from({ length: 11 }, (_, n) => [n * 12, n * 10_000_000] as const) },
        { name: 'check, then insert', points: Array.from({ length: 21 }, (_, n) => [n * 5, n * 10_000_000] as const) },
      ],
    })),
  },
  {
    ...{ subject: 'locks', name: 'no write waits long', elapsedMs: 700, status: 'passed', observations: 3 },
    evidence: ['0001_orders', '0002_totals', '0003_status'].map((migration, index) => ({
      ...{
        kind: 'locks',
        migration,
        startedAt: 10,
        endedAt: 60 + 90 * index,
        longestWaitMs: 12 * index,
        budgetMs: 2_000,
      },
      locks: [
        { table: 'public.orders', mode: 'AccessExclusiveLock', from: 20, to: 30 + 40 * index },
        { table: 'public.customers', mode: 'ShareRowExclusiveLock', from: 15, to: 50 },
      ],
    })),
  },
  {
    ...{ subject: 'access', name: 'matrix', elapsedMs: 80, status: 'passed', observations: 8 },
    evidence: ['SELECT', 'INSERT', 'UPDATE', 'DELETE'].map((operation) => ({
      ...{ kind: 'access', object: 'public.orders', operation },
      outcomes: { anon: 'refused', owner: 'own', stranger: 'none', service_role: 'all' },
    })),
  },
];

function column(name: string, type: string, keys: OutlinedColumn['keys'] = [], differs = false): OutlinedColumn {
  return { name, type, nullable: name === 'note', differs, keys };
}

function reference(from: string, to: string) {
  return { name: `${from}_fkey`, columns: [from], references: to, onDelete: 'cascade' };
}

const TIMES = [column('created_at', 'timestamp with time zone'), column('updated_at', 'timestamp with time zone')];

const OUTLINE: Outline = {
  tables: [
    {
      ...{ identity: 'public.orders', differs: true, foreignKeys: [reference('customer_id', 'public.customers')] },
      columns: [
        ...[column('id', 'uuid', ['PK']), column('customer_id', 'uuid', ['FK', 'UK'])],
        ...[column('total', 'integer', [], true), column('note', 'character varying(2000)'), ...TIMES],
      ],
    },
    {
      ...{ identity: 'public.order_lines', differs: false },
      foreignKeys: [reference('order_id', 'public.orders'), reference('product_id', 'public.products')],
      columns: [column('order_id', 'uuid', ['PK', 'FK']), column('product_id', 'uuid', ['PK', 'FK']), ...TIMES],
    },
    {
      ...{ identity: 'public.customers', differs: false, foreignKeys: [reference('id', 'auth.users')] },
      columns: [column('id', 'uuid', ['PK', 'FK']), column('email', 'text', ['UK']), ...TIMES],
    },
    {
      ...{ identity: 'public.products', differs: false, foreignKeys: [] },
      columns: [column('id', 'uuid', ['PK']), column('name', 'text'), ...TIMES],
    },
    {
      ...{ identity: 'public.deleted_objects', differs: false, foreignKeys: [] },
      columns: [column('id', 'bigint', ['PK']), column('object_key', 'text'), ...TIMES],
    },
  ],
};

/** A report of a shop with findings of each severity and status, and evidence of each kind. */
export function exampleReport(): Report {
  return reportOf(RESULTS, {
    ...{ postgresMajor: 18, bootstrap: 'plain', elapsedMs: 11_234, leftOut: 4, outline: OUTLINE },
    notes: ['The source was not compared: the config has no drizzle.'],
  });
}
