import postgres, { type ISql, type Sql } from 'postgres';
import { commandConnection } from '../commandConnection.ts';
import {
  ACCOUNT_KEYS,
  functionsNotOnNodes,
  readState,
  rightsOf,
  STEPS,
  type State,
  type Step,
  TABLES,
} from './profile.ts';

/** Why a database is not distributed; it is as it was before the run. */
export class DistributeRefused extends Error {
  override readonly name = 'DistributeRefused';
  readonly code:
    | 'NO_CITUS'
    | 'NOT_COORDINATOR'
    | 'NO_WORKERS'
    | 'WORKER_UNREACHABLE'
    | 'WORKER_VERSION'
    | 'NOT_SUPERUSER'
    | 'RUNNING'
    | 'FOREIGN_KEYS'
    | 'OBJECT_KEYS'
    | 'WRONG_DISTRIBUTION';

  constructor(code: DistributeRefused['code'], message: string) {
    super(message);
    this.code = code;
  }
}

/** A statement that the server refused. The steps before it are done; the next run goes on with it. */
export class StepFailed extends Error {
  override readonly name = 'StepFailed';
  readonly code = 'STATEMENT_FAILED';
}

/** An object of a worker that is not as on the coordinator. */
export interface NodeDifference {
  /** `host:port`. */
  readonly node: string;
  /** A function's signature or a table's name. */
  readonly object: string;
  /** On the coordinator; undefined where only the node has the object. */
  readonly expected: string | undefined;
  /** On the node; undefined where the object is not there. */
  readonly actual: string | undefined;
}

export interface Distribution {
  /** The steps that were run, or with `change: false` are still to run, and their statements. */
  readonly steps: readonly { readonly name: string; readonly statements: readonly string[] }[];
  /** How many steps were done before. */
  readonly done: number;
  readonly refusal?: DistributeRefused;
  readonly differences: readonly NodeDifference[];
}

export interface DistributeOptions {
  /** With false nothing is changed, and a refusal is in the result. */
  readonly change: boolean;
  readonly onStep?: (name: string, statements: readonly string[]) => void;
}

/** The tables are quiet while they are distributed: a lock that is not had in this time is held by the application. */
const LOCK_TIMEOUT_MS = 10_000;
/** Moving the rows of a large table to the workers takes hours. */
const STATEMENT_TIMEOUT_MS = 24 * 3_600_000;

/**
 * Turns a migrated coordinator of Citus into a distributed database, step by step; what is done is left alone.
 *
 * @param url a superuser's, of the coordinator
 * @throws DistributeRefused, StepFailed, BadUrl, the driver's errors
 */
export async function distribute(
  url: string,
  { change, onStep = () => undefined }: DistributeOptions,
): Promise<Distribution> {
  const sql = commandConnection(url, { application_name: 'db distribute', search_path: 'pg_catalog' });
  try {
    await sql.unsafe(`SET lock_timeout = ${LOCK_TIMEOUT_MS}; SET statement_timeout = ${STATEMENT_TIMEOUT_MS}`);
    const before = await readState(sql);
    const refusal = await refusalOf(sql, before, change);
    if (refusal !== undefined && change) throw refusal;
    const done = STEPS.filter((step) => step.statements(before).length === 0).length;
    if (!change) {
      const isReadable = refusal === undefined && before.citus !== undefined;
      const differences = isReadable ? await differencesOfNodes(sql) : [];
      const steps = STEPS.map((step) => pending(step, before));
      steps.push(rights([...differences.map(({ object }) => object), ...functionsNotOnNodes(before)]));
      return {
        ...{ steps: steps.filter(({ statements }) => statements.length > 0), done, differences },
        ...(refusal && { refusal }),
      };
    }
    await sql`SET citus.enable_unsafe_triggers = on`;
    const steps = [];
    for (const step of STEPS) {
      const taken = pending(step, await readState(sql));
      if (taken.statements.length === 0) continue;
      onStep(taken.name, taken.statements);
      await run(sql, taken.name, taken.statements);
      steps.push(taken);
    }
    const unequal = await differencesOfNodes(sql);
    const again = rights(unequal.map(({ object }) => object));
    if (again.statements.length === 0) return { steps, done, differences: unequal };
    onStep(again.name, again.statements);
    await run(sql, again.name, again.statements);
    return { steps: [...steps, again], done, differences: await differencesOfNodes(sql) };
  } finally {
    await sql.end({ timeout: 5 });
  }
}

/** The part of the profile that a plain server can take: its tables, keys, policies and functions are then those of a coordinator. */
export async function applyPlainPart(sql: Sql): Promise<void> {
  await sql`SET search_path = pg_catalog`;
  for (const step of STEPS.filter(({ plain }) => plain)) {
    const { name, statements } = pending(step, await readState(sql));
    await run(sql, name, statements);
  }
  await sql`RESET search_path`;
}

/** Whether the database at hand is a coordinator's, and the library's tables are distributed. Reads only. */
export async function isDistributed(sql: ISql): Promise<boolean> {
  const [citus] = await sql<{ is: boolean }[]>`SELECT to_regclass('pg_catalog.pg_dist_partition') IS NOT NULL AS is`;
  if (citus?.is !== true) return false;
  const tables = await sql`SELECT FROM pg_dist_partition WHERE logicalrelid = to_regclass('public.uploads')`;
  return tables.length > 0;
}

const rights = (signatures: readonly string[]) => ({
  name: 'rights, said again on every node',
  statements: rightsOf(new Set(signatures)),
});

const pending = ({ name, statements }: Step, state: State) => ({ name, statements: statements(state) });

/** One message a statement: Citus forwards a message as a whole. */
async function run(sql: Sql, step: string, statements: readonly string[]): Promise<void> {
  for (const statement of statements) {
    try {
      await sql.unsafe(statement);
    } catch (cause) {
      if (!(cause instanceof postgres.PostgresError)) throw cause;
      const what = `${step}: ${cause.message} (${cause.code}), at: ${statement.split('\n', 1)[0]}`;
      throw new StepFailed(`${what}. The steps before it are done; the next run goes on here.`, { cause });
    }
  }
}

async function refusalOf(sql: Sql, state: State, change: boolean): Promise<DistributeRefused | undefined> {
  const { citus } = state;
  if (citus === undefined) {
    return new DistributeRefused('NO_CITUS', 'The database has no extension citus: it is on a plain server.');
  }
  if (!citus.isCoordinator)
    return new DistributeRefused('NOT_COORDINATOR', 'This node is a worker: name the coordinator.');
  const [me] = await sql<
    { superuser: boolean }[]
  >`SELECT rolsuper AS superuser FROM pg_roles WHERE rolname = current_user`;
  if (me?.superuser !== true) return new DistributeRefused('NOT_SUPERUSER', 'A superuser distributes a database.');
  if (citus.workers.length === 0) {
    return new DistributeRefused(
      'NO_WORKERS',
      "The coordinator has no worker: SELECT citus_add_node('host', 5432) first.",
    );
  }
  const others = await workersOfAnotherVersion(sql, citus.version);
  if (others !== undefined) return others;
  const misplaced = misplacedTables(state);
  if (misplaced.length > 0) {
    const message = `Distributed otherwise than by user_id beside uploads: ${misplaced.join(', ')}. SELECT undistribute_table(…) first.`;
    return new DistributeRefused('WRONG_DISTRIBUTION', message);
  }
  return (await refusalOfData(sql, state)) ?? (change ? await becomeOnlyRun(sql) : undefined);
}

function misplacedTables({ citus }: State): string[] {
  const tables = Object.entries(citus?.tables ?? {});
  const group = citus?.tables['public.uploads']?.colocation;
  const ours = new Set(TABLES.map((table) => `public.${table}`));
  return tables
    .filter(([name, { column, colocation }]) =>
      name === 'auth.users' ? column !== null : ours.has(name) && (column !== 'user_id' || colocation !== group),
    )
    .map(([name]) => name);
}

/** A node of another version reads the metadata otherwise, and a later step would fail half-way. */
async function workersOfAnotherVersion(sql: Sql, version: string): Promise<DistributeRefused | undefined> {
  const asked = `SELECT (SELECT extversion FROM pg_extension WHERE extname = 'citus') || ' on PostgreSQL '
    || current_setting('server_version_num')::int / 10000`;
  const [own] = await sql.unsafe<{ version: string }[]>(`${asked} AS version`);
  for (const { node, success, result } of await onWorkers(sql, asked)) {
    if (!success) return new DistributeRefused('WORKER_UNREACHABLE', `The worker ${node} cannot be asked: ${result}`);
    if (result !== own?.version) {
      const message = `The worker ${node} has Citus ${result || '(none)'}, and the coordinator ${own?.version ?? version}.`;
      return new DistributeRefused('WORKER_VERSION', message);
    }
  }
  return undefined;
}

async function refusalOfData(sql: Sql, { constraints, citus }: State): Promise<DistributeRefused | undefined> {
  if (citus !== undefined && !('auth.users' in citus.tables)) {
    const keys = await sql<{ name: string }[]>`
      SELECT format('%s on %s', conname, conrelid::regclass) AS name FROM pg_constraint
       WHERE contype = 'f' AND confrelid = to_regclass('auth.users') AND conparentid = 0
         AND NOT (connamespace = 'public'::regnamespace AND conname = ANY (${ACCOUNT_KEYS})) ORDER BY 1`;
    if (keys.length > 0) {
      const names = keys.map(({ name }) => name).join(', ');
      const message = `Other tables refer to auth.users: ${names}. Citus would make them anew, and drop what depends on them.`;
      return new DistributeRefused('FOREIGN_KEYS', message);
    }
  }
  if ('uploads_file_key_owner_check' in constraints) return undefined;
  const [row] = await sql<{ strange: number }[]>`
    SELECT count(*)::int AS strange FROM public.uploads WHERE NOT starts_with(file_key, user_id::text || '/')`;
  if (row === undefined || row.strange === 0) return undefined;
  const message = `${row.strange} uploads have an object key that does not begin with their owner's id and a slash: no shard could hold such a key unique.`;
  return new DistributeRefused('OBJECT_KEYS', message);
}

async function becomeOnlyRun(sql: Sql): Promise<DistributeRefused | undefined> {
  const [row] = await sql<
    { only: boolean }[]
  >`SELECT pg_try_advisory_lock(hashtextextended('db distribute', 0)) AS only`;
  return row?.only === true ? undefined : new DistributeRefused('RUNNING', 'Another run distributes this database.');
}

interface Answer {
  readonly node: string;
  readonly success: boolean;
  readonly result: string;
}

const onWorkers = (sql: ISql, command: string): Promise<readonly Answer[]> =>
  sql<Answer[]>`
    SELECT nodename || ':' || nodeport AS node, success, result
      FROM run_command_on_workers(${command}) ORDER BY nodename, nodeport`;

/**
 * SQL of one text, the same whatever the search_path: a JSON object of every function and table of ours, with what decides who
 * may do what with it.
 */
export const OBJECTS_OF_NODE = `
  SELECT coalesce(json_object_agg(object, definition ORDER BY object), '{}')::text FROM (
    SELECT format('%I.%I(%s)', n.nspname, p.proname, replace(oidvectortypes(p.proargtypes), ', ', ',')) AS object,
           concat_ws(' ', 'body', md5(p.prosrc), CASE WHEN p.prosecdef THEN 'security definer' END, p.proconfig::text, 'rights',
             (SELECT string_agg(a::text, ',' ORDER BY a::text) FROM unnest(coalesce(p.proacl, acldefault('f', p.proowner))) AS a)
           ) AS definition
      FROM pg_proc AS p JOIN pg_namespace AS n ON n.oid = p.pronamespace
     WHERE n.nspname IN ('public', 'private')
       AND NOT EXISTS (SELECT FROM pg_depend AS d WHERE d.classid = 'pg_proc'::regclass AND d.objid = p.oid AND d.deptype = 'e')
    UNION ALL
    SELECT format('%I.%I', n.nspname, c.relname),
           concat_ws(' ', CASE WHEN c.relrowsecurity THEN 'row security' ELSE 'no row security' END, 'rights',
             (SELECT string_agg(a::text, ',' ORDER BY a::text) FROM unnest(coalesce(c.relacl, acldefault('r', c.relowner))) AS a))
      FROM pg_class AS c JOIN pg_namespace AS n ON n.oid = c.relnamespace
     WHERE n.nspname = 'public' AND c.relname IN (${TABLES.map((table) => `'${table}'`).join(', ')})
  ) AS objects`;

/** Compares every worker with the coordinator. Reads only. @throws the driver's errors */
export async function differencesOfNodes(sql: ISql): Promise<readonly NodeDifference[]> {
  const [row] = await sql.unsafe<{ objects: string }[]>(`SELECT (${OBJECTS_OF_NODE}) AS objects`);
  const expected = JSON.parse(row?.objects ?? '{}') as Record<string, string>;
  const differences: NodeDifference[] = [];
  for (const { node, success, result } of await onWorkers(sql, OBJECTS_OF_NODE)) {
    if (!success) {
      differences.push({ node, object: 'the node', expected: 'an answer', actual: result });
      continue;
    }
    const actual = JSON.parse(result) as Record<string, string>;
    for (const object of new Set([...Object.keys(expected), ...Object.keys(actual)])) {
      if (expected[object] !== actual[object])
        differences.push({ node, object, expected: expected[object], actual: actual[object] });
    }
  }
  return differences;
}
