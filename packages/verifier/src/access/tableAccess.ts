import { type ColumnObject, groupBy } from '@app/catalog';
import type { TableCases } from '../cases/tableCases.ts';
import { fileOf, shortName } from '../cases/tables.ts';
import type { Check, Observation, TestDatabase } from '../check.ts';
import type { AccessEvidence } from '../evidence.ts';
import { effect, notAllowed } from '../sql/attempt.ts';
import { identifier, insert, literal, type Row } from '../sql/statements.ts';
import { type Actor, accessOf, actAs, forEachActor, rolesOf } from './actors.ts';
import { withRows } from './evidence.ts';
import type { Access, AccessConfig, TableAccess, TableOperation, TableRule } from './matrix.ts';

/** @param where the file that says who may do what */
export function accessFix(where: string): string {
  return `correct the grant or the policy in the source and by a migration; who may do what is in ${where}`;
}

const OPERATIONS: readonly TableOperation[] = ['select', 'insert', 'update', 'delete'];
const NO_ACCESS: TableAccess = { rules: [], rows: { own: 0, all: 0 } };

interface Tried {
  readonly cases: TableCases;
  readonly access: TableAccess;
  /** Names of the columns that can be written. */
  readonly columns: readonly string[];
  /** By column, the value of a probe: every row may be changed to it. */
  readonly values: Row;
  /** How the server refuses what is not allowed. */
  readonly refusal: string;
  /** Users whom the clients act as. */
  readonly users: readonly string[];
}

/** Every client really does every operation on every column: allowed, without effect or refused, as the matrix says. */
export function tableAccessCheck(matrix: AccessConfig, cases: TableCases, columns: readonly ColumnObject[]): Check {
  const { table, access = NO_ACCESS } = cases;
  const refusal = notAllowed(`permission denied for table ${nameOf(table)}`);
  const tried: Tried = { ...triedOn(matrix, cases, access, columns), refusal };
  return {
    name: `table ${shortName(table)}`,
    fix: accessFix(`\`access\` of ${fileOf(cases)}`),
    prove: async (database) => {
      const { observations, evidence } = await tryEverything(database, matrix, tried);
      return withRows(observations, evidence);
    },
  };
}

/** With every privilege granted to every client, row security alone must refuse what the matrix says. */
export function rowSecurityCheck(matrix: AccessConfig, cases: TableCases, columns: readonly ColumnObject[]): Check[] {
  const { table, access } = cases;
  if (access?.rowSecurity === undefined) return [];
  const refusal = notAllowed(`new row violates row-level security policy for table "${nameOf(table)}"`);
  const tried = { ...triedOn(matrix, cases, { ...access, rules: access.rowSecurity }, columns), refusal };
  const everybody = [...rolesOf(matrix).map(identifier), '$OUTSIDER'].join(', ');
  return [
    {
      name: `table ${shortName(table)}: row security behind the grants`,
      fix: accessFix(`\`access\` of ${fileOf(cases)}`),
      prove: async (database) => {
        const given = [`GRANT ALL ON ${table} TO ${everybody}`];
        const impostors = { ...matrix, clients: withStolenClaims(matrix) };
        const asThemselves = await tryEverything(database, matrix, tried, given);
        const asImpostors = await tryEverything(database, impostors, tried, given);
        return [...asThemselves.observations, ...asImpostors.observations];
      },
    },
  ];
}

/** A user's claims must open nothing to another role: each client without claims of a user gets those of one. */
function withStolenClaims({ clients }: AccessConfig): AccessConfig['clients'] {
  const sub = clients.find(({ claims }) => claims?.sub !== undefined)?.claims?.sub;
  return clients.map((client) =>
    sub === undefined || client.claims?.sub !== undefined
      ? client
      : { ...client, name: `${client.name} with a user's claims`, claims: { ...client.claims, sub } },
  );
}

function triedOn(
  { clients }: AccessConfig,
  cases: TableCases,
  access: TableAccess,
  columns: readonly ColumnObject[],
): Omit<Tried, 'refusal'> {
  const writable = columns.filter(({ generated }) => generated === undefined);
  const row = cases.row(0);
  const values = writable.map(({ name, notNull }) => {
    return [name, access.values?.[name] ?? row[name] ?? (notNull ? 'DEFAULT' : 'NULL')] as const;
  });
  const users = clients.flatMap(({ claims }) => claims?.sub ?? []);
  return { cases, access, columns: writable.map(({ name }) => name), values: Object.fromEntries(values), users };
}

async function tryEverything(
  { superuser }: TestDatabase,
  matrix: AccessConfig,
  tried: Tried,
  given: readonly string[] = [],
): Promise<{ observations: Observation[]; evidence: AccessEvidence[] }> {
  const tries: (Observation & { readonly group: string })[] = [];
  const rows = new Map<string, Record<string, string>>();
  await forEachActor(
    superuser,
    matrix,
    async (transaction, actor) => {
      await actAs(transaction, actor);
      for (const { operation, access, statement, expected } of probesOf(tried, actor)) {
        const actual = await effect(transaction, statement);
        tries.push({ what: `${actor.name}: ${statement}`, group: `${actor.name}: ${operation}`, expected, actual });
        const outcomes = rows.get(operation) ?? {};
        if (actual !== expected) outcomes[actor.name] = `not ${access}: ${actual}`;
        else outcomes[actor.name] ??= access;
        rows.set(operation, outcomes);
      }
      await transaction.unsafe('RESET ROLE');
    },
    [...(tried.cases.parents?.(0) ?? []), ...given],
  );
  const observations = [
    ...groupBy(tries, ({ group, expected, actual }) => `${group}: ${expected}, ${actual}`).values(),
  ].map(([first, ...others]): Observation => {
    const { what = '', expected = '', actual = '' } = first ?? {};
    const more = others.length === 0 ? '' : ` (and ${others.length} other columns)`;
    return { what: `${what}${more}`, expected, actual };
  });
  const evidence = [...rows].map(([operation, outcomes]): AccessEvidence => {
    return { kind: 'access', object: `table ${tried.cases.table}`, operation, outcomes };
  });
  return { observations, evidence };
}

interface Probe {
  /** The operation, with its columns where the table has several rules for it. */
  readonly operation: string;
  readonly access: Access;
  readonly statement: string;
  readonly expected: string;
}

function probesOf(tried: Tried, actor: Actor): Probe[] {
  return OPERATIONS.flatMap((operation) => {
    if (operation === 'delete') return [deletion(tried, actor)];
    if (operation === 'insert') return insertions(tried, actor);
    return tried.columns.map((column) => {
      const { access, label } = ruleFor(tried, operation, column, actor);
      const { table } = tried.cases;
      const name = identifier(column);
      const statement =
        operation === 'select'
          ? `SELECT ${name} FROM ${table}`
          : `UPDATE ${table} SET ${name} = ${tried.values[column]}`;
      return { operation: label, access, statement, expected: outcomeOf(tried, access) };
    });
  });
}

function deletion(tried: Tried, actor: Actor): Probe {
  const { access, label } = ruleFor(tried, 'delete', undefined, actor);
  return {
    operation: label,
    access,
    statement: `DELETE FROM ${tried.cases.table}`,
    expected: outcomeOf(tried, access),
  };
}

/** One row of all columns that the client may insert; each other column is refused on its own. */
function insertions(tried: Tried, actor: Actor): Probe[] {
  const { cases, access: rules, columns, values, refusal, users } = tried;
  const given = cases.row(0);
  const rated = columns.map((column) => ({ column, ...ruleFor(tried, 'insert', column, actor) }));
  const allowed = rated.filter(({ access }) => access !== 'refused');
  const probes = rated
    .filter(({ access }) => access === 'refused')
    .map(({ column, label, access }): Probe => {
      const statement = insert(cases.table, { [column]: values[column] ?? 'NULL' }).replace(
        ' OVERRIDING SYSTEM VALUE',
        '',
      );
      return { operation: label, access, statement, expected: refusal };
    });
  // Behind the grants, a refusal is that of a whole row.
  if (allowed.length === 0 && refusal.includes('row-level security'))
    return [{ operation: 'insert', access: 'refused', statement: insert(cases.table, given), expected: refusal }];
  const [first] = allowed;
  if (first === undefined) return probes;
  const row: Row = Object.fromEntries(
    allowed.flatMap(({ column }) => (given[column] === undefined ? [] : [[column, given[column]]])),
  );
  const { label, access } = first;
  const probe = (statement: string, expected: string): Probe => ({ operation: label, access, statement, expected });
  if (access === 'all') return [...probes, probe(insert(cases.table, row), '1 rows')];
  const { owner } = rules;
  if (owner === undefined)
    throw new Error(
      `name the column of the owner as \`owner\` in \`access\` of ${fileOf(cases)}: it has inserts of 'own'`,
    );
  const ownedBy = (user: string) => insert(cases.table, { ...row, [owner]: literal(user) });
  const self = actor.claims?.sub ?? '';
  const notTheirs = notAllowed(`new row violates row-level security policy for table "${nameOf(cases.table)}"`);
  return [
    ...probes,
    ...users.filter((user) => user !== self).map((user) => probe(ownedBy(user), notTheirs)),
    probe(ownedBy(self), '1 rows'),
  ];
}

/** What the rules say of an operation on a column; of a whole row where no column is given. */
function ruleFor(
  { access: { rules } }: Tried,
  operation: TableOperation,
  column: string | undefined,
  actor: Actor,
): { readonly access: Access; readonly label: string } {
  const own = rules.filter(([operations]) => operations.includes(operation));
  const named = own.find(([, columns]) => columns !== 'rest' && column !== undefined && columns.includes(column));
  const rest = own.find(([, columns]) => columns === 'rest');
  const [, , accesses] = named ?? rest ?? [];
  return { access: accessOf(actor, accesses), label: labelOf(operation, named, own) };
}

function labelOf(operation: TableOperation, named: TableRule | undefined, own: readonly TableRule[]): string {
  if (named !== undefined) return `${operation} ${(named[1] as readonly string[]).join(', ')}`;
  return own.some(([, columns]) => columns !== 'rest') ? `${operation} of other columns` : operation;
}

function outcomeOf({ access: { rows }, refusal }: Tried, access: Access): string {
  if (access === 'refused') return refusal;
  return `${access === 'none' ? 0 : rows[access]} rows`;
}

function nameOf(identity: string): string {
  return identity.replace(/^[^.]*\./, '').replaceAll('"', '');
}
