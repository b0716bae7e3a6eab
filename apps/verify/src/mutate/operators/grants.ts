import { type CatalogKind, type GrantObject, objectsOfKind } from '@app/catalog';
import { type Change, change, type Operator, operator, type Surroundings } from '../mutant.ts';

const WORDS: Readonly<Record<string, string>> = { view: 'TABLE', function: 'ROUTINE' };

/** What can be granted on an object as a whole; a server that does not know one refuses it. */
const PRIVILEGES: Partial<Record<CatalogKind, readonly string[]>> = {
  table: ['SELECT', 'INSERT', 'UPDATE', 'DELETE', 'TRUNCATE', 'REFERENCES', 'TRIGGER', 'MAINTAIN'],
  view: ['SELECT', 'INSERT', 'UPDATE', 'DELETE'],
  sequence: ['USAGE', 'SELECT', 'UPDATE'],
  function: ['EXECUTE'],
  schema: ['USAGE', 'CREATE'],
  type: ['USAGE'],
};

export const GRANT_OPERATORS: readonly Operator[] = [
  operator('grant', 'revoked', (grant, { catalog }) =>
    grant.privileges
      .filter((privilege) => isFelt(grant, privilege, catalog))
      .map((privilege) =>
        change(privilege, `REVOKE ${privilege}${columnOf(grant)} ON ${targetOf(grant.on)} FROM ${grant.grantee}`),
      ),
  ),
  operator('grant', 'with grant option', (grant, { roles }) =>
    grant.grantee === 'PUBLIC' || !roles.includes(grant.grantee)
      ? []
      : grant.privileges.map((privilege) =>
          change(
            privilege,
            `GRANT ${privilege}${columnOf(grant)} ON ${targetOf(grant.on)} TO ${grant.grantee} WITH GRANT OPTION`,
          ),
        ),
  ),
  ...(Object.keys(PRIVILEGES) as CatalogKind[]).map((kind) =>
    operator(kind, 'opened', ({ identity }, { catalog, roles }) =>
      opened(`${kind} ${identity}`, PRIVILEGES[kind] ?? [], { catalog, roles }),
    ),
  ),
  operator('column', 'opened', ({ table, identity, ...column }, { catalog, roles }) => {
    const on = catalog.objects.find(
      ({ kind, identity: own }) => own === table && (kind === 'table' || kind === 'view'),
    );
    if (on === undefined) return [];
    const name = identity.slice(table.length + 1);
    const held = heldOn(
      catalog,
      `${on.kind} ${table}`,
      (grant) => grant.target !== 'column' || isOn(grant, `${table}.${name}`),
    );
    const privileges = column.generated === undefined ? ['SELECT', 'INSERT', 'UPDATE'] : ['SELECT'];
    return notHeld(held, privileges, roles).map(([privilege, role]) =>
      change(`${privilege} to ${role}`, `GRANT ${privilege} (${name}) ON ${table} TO ${role}`),
    );
  }),
];

/** Whether any statement asks for just that: not for what everybody holds, nor for what is no use to a view. */
function isFelt(grant: GrantObject, privilege: string, catalog: Surroundings['catalog']): boolean {
  const kind = grant.on.slice(0, grant.on.indexOf(' ')) as CatalogKind;
  const others = objectsOfKind(catalog, 'grant').filter(
    ({ on, target, grantee }) =>
      on === grant.on && target !== 'column' && grantee === 'PUBLIC' && grantee !== grant.grantee,
  );
  if (others.some(({ privileges }) => privileges.includes(privilege))) return false;
  // Who may SELECT and UPDATE a sequence may do all that USAGE is for.
  const isCovered = ['SELECT', 'UPDATE'].every((other) => grant.privileges.includes(other));
  if (kind === 'sequence' && privilege === 'USAGE' && isCovered) return false;
  return kind !== 'view' || (PRIVILEGES.view ?? []).includes(privilege);
}

function opened(
  key: string,
  privileges: readonly string[],
  { catalog, roles }: Omit<Surroundings, 'violate'>,
): Change[] {
  const held = heldOn(catalog, key, ({ target }) => target !== 'column');
  return notHeld(held, privileges, roles).map(([privilege, role]) =>
    change(`${privilege} to ${role}`, `GRANT ${privilege} ON ${targetOf(key)} TO ${role}`),
  );
}

function heldOn(
  catalog: Surroundings['catalog'],
  key: string,
  counts: (grant: GrantObject) => boolean,
): ReadonlySet<string> {
  const grants = objectsOfKind(catalog, 'grant').filter((grant) => grant.on === key && counts(grant));
  return new Set(grants.flatMap(({ grantee, privileges }) => privileges.map((privilege) => `${privilege} ${grantee}`)));
}

/** What PUBLIC holds every role holds. */
function notHeld(held: ReadonlySet<string>, privileges: readonly string[], roles: readonly string[]) {
  return privileges
    .filter((privilege) => !held.has(`${privilege} PUBLIC`))
    .flatMap((privilege) =>
      roles.filter((role) => !held.has(`${privilege} ${role}`)).map((role) => [privilege, role] as const),
    );
}

/** `on column public.t.c to r`. */
function isOn({ identity, grantee }: GrantObject, column: string): boolean {
  return identity === `on column ${column} to ${grantee}`;
}

function columnOf({ target, identity, grantee, on }: GrantObject): string {
  if (target !== 'column') return '';
  const relation = on.slice(on.indexOf(' ') + 1);
  return ` (${identity.slice(`on column ${relation}.`.length, -` to ${grantee}`.length)})`;
}

/** As GRANT names it. */
function targetOf(key: string): string {
  const [kind = '', identity = ''] = [key.slice(0, key.indexOf(' ')), key.slice(key.indexOf(' ') + 1)];
  return `${WORDS[kind] ?? kind.toUpperCase()} ${identity}`;
}
