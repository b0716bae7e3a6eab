import { type CatalogObject, type GrantObject, objectKey } from '@app/catalog';
import type postgres from 'postgres';
import type { Check, Observation, Subject } from '../check.ts';
import { shortName } from '../derive/names.ts';
import { madeOfKind, type Project } from '../project.ts';
import { rolledBack } from '../sql/attempt.ts';
import { literal } from '../sql/statements.ts';

/** Whom the server lets do what with each object: asked of it role by role, privilege by privilege. */
export function grantsSubject(project: Project): Subject {
  const grants = madeOfKind(project, 'grant');
  const holders = project.made.filter((object) => grants.some(({ on }) => on === objectKey(object)));
  return {
    name: 'grants',
    startsFrom: 'migrated',
    database: 'shared',
    // The server is asked what it would allow, and allows nothing.
    looksAt: 'catalog',
    checks: holders.map((holder) =>
      grantCheck(
        project,
        holder,
        grants.filter(({ on }) => on === objectKey(holder)),
      ),
    ),
  };
}

/** Takes the owner's place: a superuser needs no grant. */
const OWNER = 'verify_owner';

function grantCheck(project: Project, holder: CatalogObject, grants: readonly GrantObject[]): Check {
  const columns = grants.filter(({ target }) => target === 'column');
  const proves = holder.kind === 'schema' ? [holder, ...grants] : grants;
  return {
    name: `${holder.kind} ${shortName(holder.identity)}`,
    fix: `restore by a migration: ${grants.map(({ definition }) => definition).join('; ')}`,
    proves: proves.map(objectKey),
    prove: ({ superuser }) =>
      rolledBack(superuser, async (transaction) => {
        await transaction.unsafe(`CREATE ROLE ${OWNER}; ALTER ${ownedThrough(project, holder)} OWNER TO ${OWNER}`);
        const observations: Observation[] = [];
        for (const grantee of granteesOf(project))
          observations.push(
            await privilegesOf(
              transaction,
              holder,
              grantee,
              own(grants, holder, grantee),
              own(grants, holder, 'PUBLIC'),
            ),
          );
        for (const column of columns) observations.push(await ofColumn(transaction, holder, column));
        return observations;
      }),
  };
}

/** Everybody whom some object is granted to, PUBLIC and the owner among them. */
function granteesOf(project: Project): string[] {
  const owners = new Set(project.made.flatMap(({ owner }) => owner ?? []));
  const named = madeOfKind(project, 'grant')
    .map(({ grantee }) => grantee)
    .filter((grantee) => !owners.has(grantee));
  return [...new Set([OWNER, 'PUBLIC', ...named])];
}

function own(grants: readonly GrantObject[], holder: CatalogObject, grantee: string): string[] {
  const name = grantee === OWNER ? holder.owner : grantee;
  return grants
    .filter((grant) => grant.target !== 'column' && grant.grantee === name)
    .flatMap(({ privileges }) => privileges);
}

const PRIVILEGES: Readonly<Record<string, readonly string[]>> = {
  table: ['SELECT', 'INSERT', 'UPDATE', 'DELETE', 'TRUNCATE', 'REFERENCES', 'TRIGGER'],
  sequence: ['USAGE', 'SELECT', 'UPDATE'],
  function: ['EXECUTE'],
  schema: ['USAGE', 'CREATE'],
  type: ['USAGE'],
};

function familyOf({ kind }: CatalogObject): string {
  return kind === 'view' ? 'table' : kind;
}

async function privilegesOf(
  transaction: postgres.TransactionSql,
  holder: CatalogObject,
  grantee: string,
  granted: readonly string[],
  everybodys: readonly string[],
): Promise<Observation> {
  const family = familyOf(holder);
  const wanted = PRIVILEGES[family] ?? [];
  const object = family === 'function' ? `${literal(holder.identity)}::regprocedure::oid` : nameOf(holder);
  const rows = await transaction.unsafe<{ privilege: string }[]>(
    `SELECT privilege FROM unnest(ARRAY[${wanted.map(literal).join(', ')}]) AS privilege
     WHERE has_${family}_privilege(${roleOf(grantee)}, ${object}, privilege)`,
  );
  const held = rows.map(({ privilege }) => privilege);
  const expected = wanted.filter((privilege) => granted.includes(privilege) || everybodys.includes(privilege));
  return {
    what: `what ${grantee} may do`,
    expected: expected.join(', ') || 'nothing',
    actual: held.join(', ') || 'nothing',
  };
}

async function ofColumn(
  transaction: postgres.TransactionSql,
  holder: CatalogObject,
  grant: GrantObject,
): Promise<Observation> {
  const name = grant.identity.slice('on column '.length + holder.identity.length + 1, -` to ${grant.grantee}`.length);
  const column = name.startsWith('"') ? name.slice(1, -1).replaceAll('""', '"') : name;
  const wanted = grant.privileges.map(literal).join(', ');
  const rows = await transaction.unsafe<{ privilege: string }[]>(
    `SELECT privilege FROM unnest(ARRAY[${wanted}]) AS privilege
     WHERE has_column_privilege(${roleOf(grant.grantee)}, ${nameOf(holder)}, ${literal(column)}, privilege)`,
  );
  const held = rows.map(({ privilege }) => privilege).join(', ');
  return {
    what: `what ${grant.grantee} may do with ${column}`,
    expected: grant.privileges.join(', '),
    actual: held || 'nothing',
  };
}

/** The catalog writes a role as SQL does; the functions want its bare name. */
function roleOf(grantee: string): string {
  if (grantee === 'PUBLIC') return `'public'`;
  return literal(grantee.startsWith('"') ? grantee.slice(1, -1).replaceAll('""', '"') : grantee);
}

function nameOf(holder: CatalogObject): string {
  return holder.kind === 'schema' ? literal(holder.name) : literal(holder.identity);
}

/** A column's sequence changes hands with its table. */
function ownedThrough(project: Project, holder: CatalogObject): string {
  if (holder.kind === 'sequence' && holder.ownedBy !== undefined) {
    const column = madeOfKind(project, 'column').find(({ identity }) => identity === holder.ownedBy);
    if (column !== undefined) return `TABLE ${column.table}`;
  }
  if (holder.kind === 'function') return `ROUTINE ${holder.identity}`;
  if (holder.kind === 'view') return `${holder.materialized ? 'MATERIALIZED VIEW' : 'VIEW'} ${holder.identity}`;
  return `${holder.kind.toUpperCase()} ${holder.identity}`;
}
