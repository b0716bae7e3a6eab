import { randomBytes } from 'node:crypto';
import { type CatalogObject, type GrantObject, objectKey } from '@app/catalog';
import type postgres from 'postgres';
import type { Check, Observation, Subject } from '../check.ts';
import { shortName } from '../derive/names.ts';
import { madeOfKind, type Project } from '../project.ts';
import { effect, rolledBack } from '../sql/attempt.ts';
import { identifier, literal } from '../sql/statements.ts';

/** Every role really begins each kind of statement on each column, and each call, as far as the server asks whether it may. */
export function grantsTriedSubject(project: Project): Subject {
  const relations = project.made.filter(({ kind }) => kind === 'table' || kind === 'view');
  // Of another kind there is no call that could be begun and not done.
  const functions = madeOfKind(project, 'function').filter(
    ({ functionKind, identity }) => functionKind === 'function' && !PSEUDO_TYPES.test(identity),
  );
  return {
    name: 'grants, tried',
    startsFrom: 'migrated',
    database: 'shared',
    feels: ['table', 'view', 'column', 'function', 'grant', 'schema'],
    checks: [...relations, ...functions].map((object) => triedCheck(project, object)),
  };
}

/** No value is of such a type. */
const PSEUDO_TYPES = /\b(?:any\w*|internal|cstring|record)\b|"any"/;

function triedCheck(project: Project, object: CatalogObject): Check {
  const grants = madeOfKind(project, 'grant').filter(({ on }) => on === objectKey(object));
  const columns = madeOfKind(project, 'column').filter(({ table }) => table === object.identity);
  const target = `${object.kind === 'function' ? 'FUNCTION' : 'TABLE'} ${object.identity}`;
  return {
    name: shortName(object.identity),
    fix: `restore by a migration: ${grants.map(({ definition }) => definition).join('; ')}`,
    prove: ({ superuser }) =>
      rolledBack(superuser, async (transaction) => {
        const [stranger, roles] = [`verify_nobody_${randomBytes(4).toString('hex')}`, rolesOf(project)];
        const schema = identifier('schema' in object ? object.schema : 'public');
        await transaction.unsafe(`CREATE ROLE ${stranger}; GRANT USAGE ON SCHEMA ${schema} TO PUBLIC`);
        const privileges = ['ALL', ...columns.map(({ name }) => `ALL (${identifier(name)})`)];
        for (const role of roles) await transaction.unsafe(passingOn(role, privileges, target, stranger).join('; '));
        const observations: Observation[] = [];
        const bare = 'name' in object ? object.name : object.identity;
        const nameOf = (role: string) => (role === stranger ? 'others' : role === owner ? 'its owner' : role);
        const owner = await newOwner(transaction, target);
        for (const role of [...roles, stranger, owner]) {
          const name = role === owner ? object.owner : role;
          const own = grants.filter(({ grantee }) => grantee === name || grantee === 'PUBLIC');
          await transaction.unsafe(`SET LOCAL ROLE ${role}`);
          for (const { privilege, column, statement } of probes(object, columns)) {
            const came = await effect(transaction, statement);
            // What a view reads may be refused as well: by its own name.
            const actual = came.startsWith('refused: 42501') && came.endsWith(` ${bare}`) ? 'refused' : 'allowed';
            const expected = isGranted(own, privilege, column, object) ? 'allowed' : 'refused';
            observations.push({ what: `${nameOf(role)}: ${statement}`, expected, actual });
          }
          await transaction.unsafe('RESET ROLE');
        }
        return observations;
      }),
  };
}

/** In the owner's place: the role that made it may be a superuser, and need no grant. */
async function newOwner(transaction: postgres.TransactionSql, target: string): Promise<string> {
  const owner = `verify_owner_${randomBytes(4).toString('hex')}`;
  await transaction.unsafe(`CREATE ROLE ${owner}; ALTER ${target} OWNER TO ${owner}`);
  return owner;
}

/** Whoever is named in a grant, but for owners. */
function rolesOf(project: Project): string[] {
  const owners = new Set(project.made.flatMap(({ owner }) => owner ?? []));
  const named = madeOfKind(project, 'grant').map(({ grantee }) => grantee);
  return [...new Set(named)].filter((role) => role !== 'PUBLIC' && !owners.has(role));
}

/** What was granted to a role is not its to give. */
function passingOn(role: string, privileges: readonly string[], target: string, to: string): string[] {
  const attempts = privileges.map(
    (privilege) =>
      `DO $do$ BEGIN EXECUTE ${literal(`GRANT ${privilege} ON ${target} TO ${to}`)}; EXCEPTION WHEN OTHERS THEN NULL; END $do$`,
  );
  return [`SET LOCAL ROLE ${role}`, ...attempts, 'RESET ROLE'];
}

interface Tried {
  readonly privilege: string;
  readonly column?: string;
  readonly statement: string;
}

/** EXPLAIN asks for the rights that the statement needs, and does no more. */
function probes({ identity, kind }: CatalogObject, columns: readonly { readonly name: string }[]): Tried[] {
  if (kind === 'function') return [{ privilege: 'EXECUTE', statement: `EXPLAIN ${callOf(identity)}` }];
  const ofColumns = columns.flatMap(({ name }): Tried[] => {
    const own = identifier(name);
    const read = { privilege: 'SELECT', column: own, statement: `EXPLAIN SELECT ${own} FROM ${identity}` };
    if (kind === 'view') return [read];
    return [
      read,
      { privilege: 'INSERT', column: own, statement: `EXPLAIN INSERT INTO ${identity} (${own}) VALUES (DEFAULT)` },
      { privilege: 'UPDATE', column: own, statement: `EXPLAIN UPDATE ${identity} SET ${own} = DEFAULT` },
    ];
  });
  if (kind === 'view') return ofColumns;
  return [
    ...ofColumns,
    { privilege: 'DELETE', statement: `EXPLAIN DELETE FROM ${identity}` },
    { privilege: 'TRUNCATE', statement: `TRUNCATE ${identity}` },
  ];
}

/** OFFSET: a call of values that are known could be left out of the plan. */
function callOf(identity: string): string {
  const [name = '', types = ''] = [identity.slice(0, identity.indexOf('(')), /\((.*)\)$/s.exec(identity)?.[1]];
  const given =
    types === '' ? [] : types.split(',').map((type, n) => `NULL::${type.replace(/^VARIADIC /, '')} AS given_${n}`);
  return `SELECT ${name}(${given.map((_, n) => `given_${n}`).join(', ')}) FROM (SELECT ${given.join(', ')} OFFSET 0) AS given`;
}

function isGranted(
  grants: readonly GrantObject[],
  privilege: string,
  column: string | undefined,
  { identity }: CatalogObject,
): boolean {
  return grants.some(({ target, identity: of, grantee, privileges }) => {
    if (!privileges.includes(privilege)) return false;
    if (target !== 'column') return true;
    const name = of.slice(`on column ${identity}.`.length, -` to ${grantee}`.length);
    return column !== undefined && identifier(name.replace(/^"(.*)"$/, '$1').replaceAll('""', '"')) === column;
  });
}
