import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { isDeepStrictEqual } from 'node:util';
import type { Sql } from 'postgres';
import { replacePolicy, tablesWithPolicies } from '../applySqlObjects.ts';
import { functionsFolder } from '../migrations.ts';
import { readSqlObjects } from '../sqlObjects.ts';

/** What a database is made of, as far as the profile changes it. Definitions are as pg_get_constraintdef and pg_indexes have them. */
export interface State {
  readonly constraints: Readonly<Record<string, string>>;
  readonly indexes: Readonly<Record<string, string>>;
  /** By name: the USING and WITH CHECK expressions. */
  readonly policies: Readonly<Record<string, string>>;
  /** By signature: the MD5 of the body, the owner, and who may call it beside the owner. */
  readonly functions: Readonly<Record<string, FoundFunction>>;
  /** Who owns the tables, as SQL; a superuser who distributes them may be another role. */
  readonly owner: string;
  readonly outboxHasOwners: boolean;
  readonly unsafeTriggers: boolean;
  readonly rolesWithoutLogin: readonly string[];
  /** Absent on a plain server. */
  readonly citus?: Citus;
}

interface FoundFunction {
  readonly bodyMd5: string;
  readonly owner: string;
  readonly callers: readonly string[];
}

/** What Citus says of the database. */
interface Citus {
  readonly version: string;
  readonly isCoordinator: boolean;
  readonly workers: readonly string[];
  /** By name; without a column for a reference table. */
  readonly tables: Readonly<Record<string, { readonly column: string | null; readonly colocation: number }>>;
  /** By signature; the number is the position of the argument by which calls are delegated. */
  readonly functions: Readonly<Record<string, number | null>>;
}

/** One step of the way to a distributed database. */
export interface Step {
  readonly name: string;
  /** Whether a plain server can take it too: the verifier builds on one what it expects of a coordinator. */
  readonly plain: boolean;
  /** The statements that are still to run, each as a message of its own; none where the step is done. */
  readonly statements: (state: State) => readonly string[];
}

/** What the library's keys in the outbox have for an owner: a distribution column cannot be null. */
const NOBODY = '00000000-0000-0000-0000-000000000000';
const USERS = 'auth.users';
/** The tables that are distributed by user_id, the first of a group before those that are colocated with it. */
export const TABLES = ['uploads', 'upload_daily_usage', 'user_profiles', 'deleted_objects'] as const;
/** Those of them with a foreign key to auth.users. */
const WITH_ACCOUNT = ['uploads', 'upload_daily_usage', 'user_profiles'] as const;
/** The foreign keys of the profile's tables to auth.users, by table. */
export const ACCOUNT_KEYS = WITH_ACCOUNT.map((table) => `${table}_user_id_fkey`);

const CREATE_UPLOAD = 'public.create_upload(uuid,text,text,bigint,text,bigint,uuid)';
const ROLES = ['anon', 'authenticated', 'service_role'];

/**
 * What a function's text has to say otherwise on a distributed database: a unique key holds the distribution column there, so
 * that the outbox has another arbiter; and a trigger on a shard reaches its owner's rows alone.
 */
const ON_SHARDS: readonly (readonly [RegExp, string])[] = [
  [/ON CONFLICT \(file_key\) WHERE purged_at IS NULL/g, 'ON CONFLICT (user_id, file_key) WHERE purged_at IS NULL'],
  [/WHERE d\.file_key = (?=(?:ANY \()?came\.)/g, 'WHERE d.user_id = came.user_id AND d.file_key = '],
];

interface SqlFunction {
  /** As PostgreSQL prints it with an empty search_path. */
  readonly signature: string;
  readonly bodyMd5: string;
  readonly create: string;
  /** The REVOKE and GRANT statements. */
  readonly rights: readonly string[];
}

/** The functions of a distributed database: those of src/functions, with what ON_SHARDS changes, and the profile's own. */
export function functionsOfProfile(): readonly SqlFunction[] {
  const own = readFileSync(fileURLToPath(new URL('claim_deleted_objects.sql', import.meta.url)), 'utf8');
  const replaced = functionsIn(own);
  const names = new Set(replaced.map(({ signature }) => signature));
  const source = readSqlObjects(functionsFolder)
    .map(({ text }) => ON_SHARDS.reduce((changed, [from, to]) => changed.replace(from, to), text))
    .flatMap(functionsIn);
  return [...source.filter(({ signature }) => !names.has(signature)), ...replaced];
}

/** In these files a top-level statement, with the comment before it, begins at the start of a line. */
function functionsIn(text: string): SqlFunction[] {
  const statements = text.split(/(?<=;)\n+(?=--|CREATE|REVOKE|GRANT)/).map((statement) => statement.trim());
  return statements.flatMap((create) => {
    const body = /^CREATE OR REPLACE FUNCTION[\s\S]*?AS \$\$(?<body>[\s\S]*)\$\$;$/m.exec(create)?.groups?.body;
    const name = /^CREATE OR REPLACE FUNCTION (?<name>[\w.]+)\(/m.exec(create)?.groups?.name;
    if (body === undefined || name === undefined) return [];
    const rights = statements.filter((it) => /^(?:REVOKE|GRANT) /m.test(it) && it.includes(`ON FUNCTION ${name}(`));
    const signature = /ON FUNCTION (?<signature>[^)]+\))/.exec(rights[0] ?? '')?.groups?.signature ?? '';
    const bodyMd5 = createHash('md5').update(body).digest('hex');
    const printed = signature.replaceAll(', ', ',').replaceAll('timestamptz', 'timestamp with time zone');
    return [{ signature: printed, bodyMd5, create, rights }];
  });
}

/** The steps in their order. Each statement can be run again: an interrupted run goes on with what is missing. */
export const STEPS: readonly Step[] = [
  {
    name: 'settings: triggers on shards, and roles that the nodes connect to each other as',
    plain: false,
    statements: ({ unsafeTriggers, rolesWithoutLogin }) => [
      ...(unsafeTriggers
        ? []
        : [
            `DO $$ BEGIN EXECUTE format('ALTER DATABASE %I SET citus.enable_unsafe_triggers = on', current_database()); END $$`,
          ]),
      ...rolesWithoutLogin.map((role) => `ALTER ROLE ${role} LOGIN`),
    ],
  },
  {
    name: 'policies without a subquery',
    plain: true,
    statements: ({ policies }) =>
      tablesWithPolicies().flatMap(({ name: table, policies: all }) =>
        all
          .filter((policy) => !isDeepStrictEqual(policy, withoutSubquery(policy)))
          .filter(({ name }) => / SELECT /.test(policies[name] ?? ' SELECT '))
          .flatMap((policy) => replacePolicy(table, withoutSubquery(policy))),
      ),
  },
  {
    name: 'keys of uploads: unique within an owner, whose id begins every object key',
    plain: true,
    statements: ({ constraints }) => [
      ...rekey(constraints, 'uploads', 'uploads_pkey', 'PRIMARY KEY (user_id, id)'),
      ...rekey(constraints, 'uploads', 'uploads_file_key_unique', 'UNIQUE (user_id, file_key)'),
      ...('uploads_file_key_owner_check' in constraints
        ? []
        : [
            `ALTER TABLE public.uploads ADD CONSTRAINT uploads_file_key_owner_check CHECK (starts_with(file_key, user_id::text || '/'))`,
          ]),
    ],
  },
  {
    name: 'the outbox beside its owners’ uploads; the keys of the library have an owner of their own',
    plain: true,
    statements: ({ constraints, indexes, outboxHasOwners }) => [
      ...(outboxHasOwners
        ? []
        : [
            `ALTER TABLE public.deleted_objects ALTER user_id SET DEFAULT '${NOBODY}'`,
            `UPDATE public.deleted_objects SET user_id = '${NOBODY}' WHERE user_id IS NULL`,
            'ALTER TABLE public.deleted_objects ALTER user_id SET NOT NULL',
          ]),
      ...rekey(constraints, 'deleted_objects', 'deleted_objects_pkey', 'PRIMARY KEY (user_id, id)'),
      ...(indexes.idx_deleted_objects_file_key?.includes('(user_id, file_key)')
        ? []
        : [
            'DROP INDEX IF EXISTS public.idx_deleted_objects_file_key',
            'CREATE UNIQUE INDEX idx_deleted_objects_file_key ON public.deleted_objects (user_id, file_key) WHERE purged_at IS NULL',
          ]),
    ],
  },
  {
    name: 'functions: the outbox’s arbiter, and claims that ask every node',
    plain: true,
    statements: ({ functions, owner }) =>
      functionsOfProfile()
        .filter((wanted) => !isAsWanted(wanted, owner, functions[wanted.signature]))
        .flatMap(({ signature, create, rights }) => [
          create,
          `ALTER FUNCTION ${signature} OWNER TO ${owner}`,
          ...rights,
        ]),
  },
  {
    // With these keys Citus makes the tables anew, and its DROP … CASCADE takes along every function that returns their rows.
    name: 'foreign keys to auth.users off, until the tables are distributed',
    plain: false,
    statements: (state) =>
      areDistributed(state)
        ? []
        : WITH_ACCOUNT.filter((table) => `${table}_user_id_fkey` in state.constraints).map(
            (table) => `ALTER TABLE public.${table} DROP CONSTRAINT ${table}_user_id_fkey`,
          ),
  },
  {
    name: 'auth.users on every node',
    plain: false,
    statements: (state) => (isDistributed(state, USERS) ? [] : [`SELECT create_reference_table('${USERS}')`]),
  },
  {
    name: 'tables distributed by user_id, side by side',
    plain: false,
    statements: (state) =>
      TABLES.filter((table) => !isDistributed(state, `public.${table}`)).map((table) =>
        table === 'uploads'
          ? `SELECT create_distributed_table('public.uploads', 'user_id', shard_count := 32)`
          : `SELECT create_distributed_table('public.${table}', 'user_id', colocate_with := 'public.uploads')`,
      ),
  },
  {
    name: 'foreign keys to auth.users on',
    plain: false,
    statements: (state) =>
      WITH_ACCOUNT.filter((table) => !areDistributed(state) || !(`${table}_user_id_fkey` in state.constraints)).map(
        (table) =>
          `ALTER TABLE public.${table} ADD CONSTRAINT ${table}_user_id_fkey FOREIGN KEY (user_id) REFERENCES ${USERS} (id) ON DELETE CASCADE`,
      ),
  },
  {
    name: 'functions on every node; create_upload runs where its owner’s rows are',
    plain: false,
    statements: (state) => [
      ...functionsNotOnNodes(state)
        .filter((signature) => signature !== CREATE_UPLOAD)
        .map((signature) => `SELECT create_distributed_function('${signature}')`),
      ...(typeof state.citus?.functions[CREATE_UPLOAD] === 'number'
        ? []
        : [`SELECT create_distributed_function('${CREATE_UPLOAD}', 'user_id', colocate_with := 'public.uploads')`]),
    ],
  },
];

/** The signatures of the functions that the workers do not have. */
export function functionsNotOnNodes({ citus }: State): readonly string[] {
  const signatures = functionsOfProfile().map(({ signature }) => signature);
  return signatures.filter((signature) => !(signature in (citus?.functions ?? {})));
}

/** Citus makes a function anew on a worker with EXECUTE for PUBLIC. Said again at the coordinator, rights reach every node. */
export function rightsOf(signatures: ReadonlySet<string>): readonly string[] {
  return functionsOfProfile()
    .filter(({ signature }) => signatures.has(signature))
    .flatMap(({ rights }) => rights);
}

const isDistributed = ({ citus }: State, table: string): boolean => citus !== undefined && table in citus.tables;

/** Whether the foreign keys can be on: both sides are where Citus takes them. */
const areDistributed = (state: State): boolean =>
  [USERS, ...WITH_ACCOUNT.map((table) => `public.${table}`)].every((table) => isDistributed(state, table));

const CLIENTS = ['PUBLIC', 'anon', 'authenticated'];

/** A run can end between CREATE FUNCTION, which lets everybody call a new function, and REVOKE. */
function isAsWanted({ bodyMd5, rights }: SqlFunction, owner: string, found: FoundFunction | undefined): boolean {
  if (found?.bodyMd5 !== bodyMd5 || found.owner !== owner) return false;
  const granted = rights.flatMap(
    (it) => /^GRANT EXECUTE ON FUNCTION .* TO ([^;]+);$/m.exec(it)?.[1]?.split(', ') ?? [],
  );
  const isSurplus = (caller: string) => CLIENTS.includes(caller) && !granted.includes(caller);
  return granted.every((role) => found.callers.includes(role)) && !found.callers.some(isSurplus);
}

function rekey(constraints: State['constraints'], table: string, name: string, definition: string): readonly string[] {
  if (constraints[name] === definition) return [];
  const drop = name in constraints ? `DROP CONSTRAINT ${name}, ` : '';
  return [`ALTER TABLE public.${table} ${drop}ADD CONSTRAINT ${name} ${definition}`];
}

function withoutSubquery<Policy extends { readonly using?: string; readonly withCheck?: string }>(
  policy: Policy,
): Policy {
  const bare = (expression: string) => expression.replace(/\(select (auth\.uid\(\))\)/gi, '$1');
  return {
    ...policy,
    ...(policy.using !== undefined && { using: bare(policy.using) }),
    ...(policy.withCheck !== undefined && { withCheck: bare(policy.withCheck) }),
  };
}

/** Reads the catalog; the connection's search_path must hold no schema of the project. */
export async function readState(sql: Sql): Promise<State> {
  const [row] = await sql<{ state: Omit<State, 'citus'>; citus: string | null }[]>`
    SELECT json_build_object(
      'constraints', (SELECT coalesce(json_object_agg(conname, pg_get_constraintdef(oid)), '{}')
                        FROM pg_constraint WHERE connamespace = 'public'::regnamespace AND conrelid <> 0),
      'indexes', (SELECT coalesce(json_object_agg(indexname, indexdef), '{}') FROM pg_indexes WHERE schemaname = 'public'),
      'policies', (SELECT coalesce(json_object_agg(policyname, concat_ws(' ', qual, with_check)), '{}')
                     FROM pg_policies WHERE schemaname = 'public'),
      'functions', (SELECT coalesce(json_object_agg(p.oid::regprocedure, json_build_object('bodyMd5', md5(p.prosrc), 'owner', p.proowner::regrole, 'callers', ARRAY(
                        SELECT coalesce(r.rolname, 'PUBLIC') FROM aclexplode(coalesce(p.proacl, acldefault('f', p.proowner))) AS a
                          LEFT JOIN pg_roles AS r ON r.oid = a.grantee WHERE a.grantee <> p.proowner))), '{}')
                      FROM pg_proc AS p WHERE p.pronamespace IN ('public'::regnamespace, to_regnamespace('private'))),
      'owner', (SELECT relowner::regrole FROM pg_class WHERE oid = to_regclass('public.uploads')),
      'outboxHasOwners', EXISTS (SELECT FROM pg_attribute WHERE attrelid = to_regclass('public.deleted_objects')
                                    AND attname = 'user_id' AND attnotnull),
      'unsafeTriggers', EXISTS (SELECT FROM pg_db_role_setting AS s JOIN pg_database AS d ON d.oid = s.setdatabase
                                 WHERE d.datname = current_database() AND s.setrole = 0
                                   AND 'citus.enable_unsafe_triggers=on' = ANY (s.setconfig)),
      'rolesWithoutLogin', (SELECT coalesce(json_agg(rolname ORDER BY rolname), '[]') FROM pg_roles
                             WHERE rolname = ANY (${ROLES}) AND NOT rolcanlogin)
    ) AS state, (SELECT extversion FROM pg_extension WHERE extname = 'citus') AS citus`;
  if (row === undefined) throw new Error('the catalog gave no row');
  return row.citus === null ? row.state : { ...row.state, citus: await readCitus(sql, row.citus) };
}

async function readCitus(sql: Sql, version: string): Promise<Citus> {
  const [row] = await sql<{ citus: Omit<Citus, 'version'> }[]>`
    SELECT json_build_object(
      'isCoordinator', (SELECT groupid = 0 FROM pg_dist_local_group),
      'workers', (SELECT coalesce(json_agg(nodename || ':' || nodeport ORDER BY nodename, nodeport), '[]')
                    FROM pg_dist_node WHERE groupid <> 0 AND isactive AND noderole = 'primary'),
      'tables', (SELECT coalesce(json_object_agg(logicalrelid::text, json_build_object(
                   'column', CASE WHEN partmethod = 'h' THEN column_to_column_name(logicalrelid, partkey) END,
                   'colocation', colocationid)), '{}') FROM pg_dist_partition),
      'functions', (SELECT coalesce(json_object_agg(objid::regprocedure, distribution_argument_index), '{}')
                      FROM pg_dist_object WHERE classid = 'pg_proc'::regclass)
    ) AS citus`;
  if (row === undefined) throw new Error('Citus gave no row');
  return { version, ...row.citus };
}
