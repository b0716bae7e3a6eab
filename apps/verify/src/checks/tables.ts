import { randomBytes } from 'node:crypto';
import { objectKey, type PolicyObject, type TableObject } from '@app/catalog';
import type postgres from 'postgres';
import type { Check, Observation, Subject } from '../check.ts';
import { shortName } from '../derive/names.ts';
import { madeOfKind, type Project } from '../project.ts';
import { ACCEPTED, answer, attempt, rolledBack } from '../sql/attempt.ts';
import { identifier, insert, literal } from '../sql/statements.ts';
import { routing } from './partitions.ts';

/** A table gives back what it is given, and hides it from whom row security hides it. */
export function tablesSubject(project: Project): Subject {
  return {
    name: 'tables',
    startsFrom: 'migrated',
    database: 'shared',
    checks: madeOfKind(project, 'table').flatMap((table) => [tableCheck(project, table), storageCheck(table)]),
  };
}

function tableCheck(project: Project, table: TableObject): Check {
  const { identity } = table;
  const policies = madeOfKind(project, 'policy').filter((policy) => policy.table === identity);
  return {
    name: shortName(identity),
    fix: 'restore it by a migration: the config of `samples` says what a row of it is',
    proves: [objectKey(table)],
    prove: ({ superuser }) =>
      rolledBack(superuser, async (transaction) => {
        const row = project.sampler.row(identity, 1);
        await project.sampler.layParents(transaction, identity, row, 1);
        const returning = `${insert(identity, row)} RETURNING 'it'`;
        const observations: Observation[] = [
          { what: 'a row that is given', expected: 'it', actual: await answer(transaction, returning) },
          ...(await routing(transaction, project, table)),
        ];
        await transaction.unsafe(insert(identity, row));
        const kept = await howItIsKept(transaction, project, table);
        return [...observations, ...kept, ...(await whoSeesIt(transaction, table, policies))];
      }),
  };
}

/** Parameters that no statement's outcome tells. */
function storageCheck(table: TableObject): Check {
  return {
    name: `${shortName(table.identity)}: how it is kept`,
    fix: 'restore it by a migration: ALTER TABLE ... SET (...), SET LOGGED, REPLICA IDENTITY',
    looksAt: 'catalog',
    prove: ({ superuser }) =>
      rolledBack(superuser, async (transaction) => [
        { what: 'storage', expected: storageOf(table), actual: await answer(transaction, STORAGE(table.identity)) },
      ]),
  };
}

/** A table that outlives a crash may be referred to by one that does; one without identity refuses to be replicated. */
async function howItIsKept(
  transaction: postgres.TransactionSql,
  project: Project,
  { identity, unlogged, replicaIdentity, tableKind }: TableObject,
): Promise<Observation[]> {
  const key = project.model.get(identity)?.constraints.find(({ type }) => type === 'primary key');
  const columns = project.model.get(identity)?.columns ?? [];
  if (key === undefined || unlogged || tableKind !== 'ordinary' || replicaIdentity === 'nothing') return [];
  const names = key.columns.map(identifier).join(', ');
  const types = key.columns.map(
    (name) => `${identifier(name)} ${columns.find((column) => column.name === name)?.type ?? 'text'}`,
  );
  const plain = columns.find(({ generated, identityKind }) => generated === undefined && identityKind === undefined);
  const first = identifier(plain?.name ?? '');
  const child = `CREATE TABLE public.verify_child (${types.join(', ')}, FOREIGN KEY (${names}) REFERENCES ${identity})`;
  const change = `CREATE PUBLICATION verify_probe FOR TABLE ${identity}; UPDATE ${identity} SET ${first} = ${first} WHERE false`;
  return [
    { what: 'a lasting table that refers to it', expected: ACCEPTED, actual: await attempt(transaction, child) },
    { what: 'a change of it that is published', expected: ACCEPTED, actual: await attempt(transaction, change) },
  ];
}

/** Without a policy for everybody, row security shows a stranger nothing; forced, not even the owner sees a row. */
async function whoSeesIt(
  transaction: postgres.TransactionSql,
  { identity, schema, rowSecurity, forceRowSecurity }: TableObject,
  policies: readonly PolicyObject[],
): Promise<Observation[]> {
  const forEverybody = policies.some(({ roles, permissive }) => permissive && roles.includes('PUBLIC'));
  const rows = `SELECT CASE WHEN EXISTS (SELECT FROM ${identity}) THEN 'rows' ELSE 'no rows' END`;
  // Roles are the server's: proofs side by side must not wait for each other's.
  const ROLE = `verify_stranger_${randomBytes(4).toString('hex')}`;
  await transaction.unsafe(`CREATE ROLE ${ROLE}; GRANT USAGE ON SCHEMA ${identifier(schema)} TO ${ROLE}`);
  const asRole = async (what: string, grant: string, hides: boolean) => {
    await transaction.unsafe(`${grant}; SET LOCAL ROLE ${ROLE}`);
    const actual = await answer(transaction, rows);
    await transaction.unsafe('RESET ROLE');
    return { what, expected: hides ? 'no rows' : 'rows', actual };
  };
  if (forEverybody) return [];
  const stranger = await asRole('what a stranger sees', `GRANT SELECT ON ${identity} TO ${ROLE}`, rowSecurity);
  const isTaken = await attempt(transaction, `ALTER TABLE ${identity} OWNER TO ${ROLE}`);
  if (isTaken !== ACCEPTED) return [stranger];
  const hides = rowSecurity && forceRowSecurity;
  return [stranger, await asRole('what the owner sees', `ALTER TABLE ${identity} OWNER TO ${ROLE}`, hides)];
}

const REPLICA_IDENTITIES: Readonly<Record<TableObject['replicaIdentity'], string>> = {
  default: 'd',
  nothing: 'n',
  full: 'f',
  index: 'i',
};

function storageOf({ unlogged, options, replicaIdentity }: TableObject): string {
  return [unlogged ? 'u' : 'p', REPLICA_IDENTITIES[replicaIdentity], ...options].join(' ');
}

const STORAGE = (identity: string) => `SELECT concat_ws(' ', relpersistence, relreplident,
    (SELECT string_agg(o, ' ' ORDER BY o) FROM unnest(reloptions) AS o))
  FROM pg_class WHERE oid = ${literal(identity)}::regclass`;
