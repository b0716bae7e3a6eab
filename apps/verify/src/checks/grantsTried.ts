import { randomBytes } from 'node:crypto';
import { type CatalogObject, type GrantObject, objectKey } from '@app/catalog';
import type postgres from 'postgres';
import type { Check, Observation, Subject } from '../check.ts';
import { shortName } from '../derive/names.ts';
import { madeOfKind, type Project } from '../project.ts';
import { effect, rolledBack } from '../sql/attempt.ts';
import { identifier, literal } from '../sql/statements.ts';
import { type Probe, probesOf, WORKSHOP } from './grantProbes.ts';

/** Every role, a stranger and the owner really begin whatever a privilege is for, as far as the server asks whether they may. */
export function grantsTriedSubject(project: Project): Subject {
  const kinds: readonly CatalogObject['kind'][] = ['table', 'view', 'sequence', 'schema', 'type'];
  // Of another kind there is no call that could be begun and not done.
  const functions = madeOfKind(project, 'function').filter(
    ({ functionKind, identity }) => functionKind === 'function' && !PSEUDO_TYPES.test(identity),
  );
  return {
    name: 'grants, tried',
    startsFrom: 'migrated',
    database: 'shared',
    feels: ['table', 'view', 'column', 'function', 'sequence', 'schema', 'type', 'grant'],
    checks: [...project.made.filter(({ kind }) => kinds.includes(kind)), ...functions].map((object) =>
      triedCheck(project, object),
    ),
  };
}

/** No value is of such a type. */
const PSEUDO_TYPES = /\b(?:any\w*|internal|cstring|record)\b|"any"/;

function triedCheck(project: Project, object: CatalogObject): Check {
  const { kind, identity } = object;
  const grants = madeOfKind(project, 'grant').filter(({ on }) => on === objectKey(object));
  const columns = madeOfKind(project, 'column').filter(({ table }) => table === identity);
  return {
    name: kind === 'function' ? shortName(identity) : `${kind} ${shortName(identity)}`,
    fix: `restore by a migration: ${grants.map(({ definition }) => definition).join('; ')}`,
    prove: ({ superuser }) =>
      rolledBack(superuser, async (transaction) => {
        const [stranger, roles] = [`verify_nobody_${randomBytes(4).toString('hex')}`, rolesOf(project)];
        await transaction.unsafe(`CREATE ROLE ${stranger}; ${preparation(project, object).join('; ')}`);
        const probes = await possible(transaction, object, probesOf(project, object));
        const privileges = ['ALL', ...columns.map(({ name }) => `ALL (${identifier(name)})`)];
        for (const role of roles)
          await transaction.unsafe(passingOn(role, privileges, targetOf(object), stranger).join('; '));
        const owner = await newOwner(transaction, ownedWith(project, object));
        const observations: Observation[] = [];
        for (const role of [...roles, stranger, owner]) {
          const [name, called] =
            role === owner ? [object.owner, 'its owner'] : [role, role === stranger ? 'others' : role];
          const own = grants.filter(({ grantee }) => grantee === name || grantee === 'PUBLIC');
          await transaction.unsafe(`SET LOCAL ROLE ${role}`);
          for (const probe of probes) {
            const actual = isRefusal(await effect(transaction, probe.statement), object) ? 'refused' : 'allowed';
            const expected = isGranted(own, probe, object) ? 'allowed' : 'refused';
            observations.push({ what: `${called}: ${probe.statement}`, expected, actual });
          }
          await transaction.unsafe('RESET ROLE');
        }
        return observations;
      }),
  };
}

/** What is around the object is open to everybody, so that it is the object that refuses. */
function preparation(project: Project, { kind, identity }: CatalogObject): string[] {
  const schemas = new Set(
    madeOfKind(project, 'schema')
      .map((schema) => schema.identity)
      .concat('public'),
  );
  if (kind === 'schema') schemas.delete(identity);
  const below = kind === 'view' ? madeOfKind(project, 'table') : [];
  return [
    `CREATE SCHEMA ${WORKSHOP}`,
    `GRANT ALL ON SCHEMA ${WORKSHOP} TO PUBLIC`,
    ...[...schemas].map((schema) => `GRANT USAGE ON SCHEMA ${schema} TO PUBLIC`),
    ...below.map((table) => `GRANT SELECT, INSERT, UPDATE, DELETE ON TABLE ${table.identity} TO PUBLIC`),
    // The numbers that it gives are then taken back with it.
    ...(kind === 'sequence' ? [`ALTER SEQUENCE ${identity} RESTART`] : []),
  ];
}

/** A view that nobody can write to refuses everybody alike. */
async function possible(
  transaction: postgres.TransactionSql,
  object: CatalogObject,
  probes: readonly Probe[],
): Promise<readonly Probe[]> {
  if (object.kind !== 'view' || object.materialized) return probes;
  const found: Probe[] = [];
  for (const probe of probes)
    if (!(await effect(transaction, probe.statement)).startsWith('refused')) found.push(probe);
  return found;
}

/** As GRANT names it. */
function targetOf({ kind, identity }: CatalogObject): string {
  return `${kind === 'view' ? 'TABLE' : kind.toUpperCase()} ${identity}`;
}

/** What has to change hands for it to do so: a column's sequence belongs to whoever has the table. */
function ownedWith(project: Project, object: CatalogObject): string {
  const column =
    object.kind === 'sequence'
      ? madeOfKind(project, 'column').find(({ identity }) => identity === object.ownedBy)
      : undefined;
  return column === undefined ? targetOf(object) : `TABLE ${column.table}`;
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

/** In the object's own name: what it stands on may refuse as well. */
function isRefusal(came: string, { identity }: CatalogObject): boolean {
  const [, quoted, plain] = /(?:"((?:[^"]|"")*)"|([^".]+))$/.exec(identity.replace(/\(.*\)$/s, '')) ?? [];
  const name = quoted?.replaceAll('""', '"') ?? plain ?? identity;
  return came.startsWith('refused: 42501') && (came.endsWith(` ${name}`) || came.endsWith(` ${identity}`));
}

function isGranted(
  grants: readonly GrantObject[],
  { privileges, column }: Probe,
  { identity }: CatalogObject,
): boolean {
  return grants.some(({ target, identity: of, grantee, privileges: held }) => {
    if (!privileges.some((privilege) => held.includes(privilege))) return false;
    if (target !== 'column') return true;
    const name = of.slice(`on column ${identity}.`.length, -` to ${grantee}`.length);
    return column !== undefined && identifier(name.replace(/^"(.*)"$/, '$1').replaceAll('""', '"')) === column;
  });
}
