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
    checks: madeOfKind(project, 'table').map((table) => tableCheck(project, table)),
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
          { what: 'how it is kept', expected: storageOf(table), actual: await answer(transaction, STORAGE(identity)) },
          ...(await routing(transaction, project, table)),
        ];
        await transaction.unsafe(insert(identity, row));
        return [...observations, ...(await whoSeesIt(transaction, table, policies))];
      }),
  };
}

const ROLE = 'verify_stranger';

/** Without a policy for everybody, row security shows a stranger nothing; forced, not even the owner sees a row. */
async function whoSeesIt(
  transaction: postgres.TransactionSql,
  { identity, schema, rowSecurity, forceRowSecurity }: TableObject,
  policies: readonly PolicyObject[],
): Promise<Observation[]> {
  const forEverybody = policies.some(({ roles, permissive }) => permissive && roles.includes('PUBLIC'));
  const rows = `SELECT CASE WHEN EXISTS (SELECT FROM ${identity}) THEN 'rows' ELSE 'no rows' END`;
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
