import { type ColumnObject, groupBy } from '@app/catalog';
import { fileOf, shortName, type TableCases } from '../cases/tableCases.ts';
import type { Check, Observation, TestDatabase } from '../check.ts';
import type { AccessEvidence } from '../evidence.ts';
import { accessRefusalText, countRows, identifier, insert, literal, type Row } from '../sql/statements.ts';
import type { Access, AccessConfig, TableAccess, TableOperation, TableRule } from './accessConfig.ts';
import { accessOf, actAs, forEachClient, rolesOf, type TestClient, withEvidence } from './clients.ts';

/** @param where the file with the expected access */
export function accessFix(where: string): string {
  return `correct the grant or the policy in the source, and write a migration; the expected access is in ${where}`;
}

const OPERATIONS: readonly TableOperation[] = ['select', 'insert', 'update', 'delete'];
const NO_ACCESS: TableAccess = { rules: [], rows: { own: 0, all: 0 } };

/** What the operations on one table are tried with. */
interface AccessTest {
  readonly cases: TableCases;
  readonly access: TableAccess;
  /** Names of the columns that can be written. */
  readonly columns: readonly string[];
  /** By column, a value to which every row may be changed. */
  readonly values: Row;
  /** The expected text of a refusal. */
  readonly refusal: string;
  /** The users that the clients act as. */
  readonly users: readonly string[];
}

/** Every client executes every operation on every column, and gets the outcome that the rules give. */
export function tableAccessCheck(config: AccessConfig, cases: TableCases, columns: readonly ColumnObject[]): Check {
  const { table, access = NO_ACCESS } = cases;
  const refusal = accessRefusalText(`permission denied for table ${unqualifiedName(table)}`);
  const test: AccessTest = { ...accessTestOf(config, cases, access, columns), refusal };
  return {
    name: `table ${shortName(table)}`,
    fix: accessFix(`\`access\` of ${fileOf(cases)}`),
    prove: async (database) => {
      const { observations, evidence } = await tryAllOperations(database, config, test);
      return withEvidence(observations, evidence);
    },
  };
}

/** Every client gets every privilege on the table: row security alone must give the outcomes of `rowSecurity`. */
export function rowSecurityCheck(config: AccessConfig, cases: TableCases, columns: readonly ColumnObject[]): Check[] {
  const { table, access } = cases;
  if (access?.rowSecurity === undefined) return [];
  const refusal = accessRefusalText(`new row violates row-level security policy for table "${unqualifiedName(table)}"`);
  const test = { ...accessTestOf(config, cases, { ...access, rules: access.rowSecurity }, columns), refusal };
  const allRoles = [...rolesOf(config).map(identifier), '$NEW_ROLE'].join(', ');
  return [
    {
      name: `table ${shortName(table)}: row security when everything is granted`,
      fix: accessFix(`\`access\` of ${fileOf(cases)}`),
      prove: async (database) => {
        const given = [`GRANT ALL ON ${table} TO ${allRoles}`];
        const withOwnClaims = await tryAllOperations(database, config, test, given);
        const forged = { ...config, clients: withForgedClaims(config) };
        const withForged = await tryAllOperations(database, forged, test, given);
        return [...withOwnClaims.observations, ...withForged.observations];
      },
    },
  ];
}

/** Gives a user's claims to each client without a user: the claims must allow nothing to another role. */
function withForgedClaims({ clients }: AccessConfig): AccessConfig['clients'] {
  const sub = clients.find(({ claims }) => claims?.sub !== undefined)?.claims?.sub;
  return clients.map((client) =>
    sub === undefined || client.claims?.sub !== undefined
      ? client
      : { ...client, name: `${client.name} with a user's claims`, claims: { ...client.claims, sub } },
  );
}

function accessTestOf(
  { clients }: AccessConfig,
  cases: TableCases,
  access: TableAccess,
  columns: readonly ColumnObject[],
): Omit<AccessTest, 'refusal'> {
  const writable = columns.filter(({ generated }) => generated === undefined);
  const row = cases.row(0);
  const values = writable.map(({ name, notNull }) => {
    return [name, access.values?.[name] ?? row[name] ?? (notNull ? 'DEFAULT' : 'NULL')] as const;
  });
  const users = clients.flatMap(({ claims }) => claims?.sub ?? []);
  return { cases, access, columns: writable.map(({ name }) => name), values: Object.fromEntries(values), users };
}

async function tryAllOperations(
  { superuser }: TestDatabase,
  config: AccessConfig,
  test: AccessTest,
  given: readonly string[] = [],
): Promise<{ observations: Observation[]; evidence: AccessEvidence[] }> {
  const outcomes: (Observation & { readonly group: string })[] = [];
  const rows = new Map<string, Record<string, string>>();
  await forEachClient(
    superuser,
    config,
    async (transaction, client) => {
      await actAs(transaction, client);
      for (const { operation, access, statement, expected } of attemptsOf(test, client)) {
        const actual = await countRows(transaction, statement);
        outcomes.push({
          what: `${client.name}: ${statement}`,
          group: `${client.name}: ${operation}`,
          expected,
          actual,
        });
        const row = rows.get(operation) ?? {};
        if (actual !== expected) row[client.name] = `not ${access}: ${actual}`;
        else row[client.name] ??= access;
        rows.set(operation, row);
      }
      await transaction.unsafe('RESET ROLE');
    },
    [...(test.cases.parents?.(0) ?? []), ...given],
  );
  const observations = [
    ...groupBy(outcomes, ({ group, expected, actual }) => `${group}: ${expected}, ${actual}`).values(),
  ].map(([first, ...others]): Observation => {
    const { what = '', expected = '', actual = '' } = first ?? {};
    const more = others.length === 0 ? '' : ` (and ${others.length} other columns)`;
    return { what: `${what}${more}`, expected, actual };
  });
  const evidence = [...rows].map(([operation, row]): AccessEvidence => {
    return { kind: 'access', object: `table ${test.cases.table}`, operation, outcomes: row };
  });
  return { observations, evidence };
}

interface Attempt {
  /** The operation, with the columns of its rule where the table has several rules for it. */
  readonly operation: string;
  readonly access: Access;
  readonly statement: string;
  readonly expected: string;
}

function attemptsOf(test: AccessTest, client: TestClient): Attempt[] {
  return OPERATIONS.flatMap((operation) => {
    if (operation === 'delete') return [deletion(test, client)];
    if (operation === 'insert') return insertions(test, client);
    return test.columns.map((column) => {
      const { access, label } = ruleFor(test, operation, column, client);
      const { table } = test.cases;
      const name = identifier(column);
      const statement =
        operation === 'select'
          ? `SELECT ${name} FROM ${table}`
          : `UPDATE ${table} SET ${name} = ${test.values[column]}`;
      return { operation: label, access, statement, expected: outcomeOf(test, access) };
    });
  });
}

function deletion(test: AccessTest, client: TestClient): Attempt {
  const { access, label } = ruleFor(test, 'delete', undefined, client);
  return {
    operation: label,
    access,
    statement: `DELETE FROM ${test.cases.table}`,
    expected: outcomeOf(test, access),
  };
}

/** Inserts one row of all columns that the client may insert, and tries each other column in an INSERT of its own. */
function insertions(test: AccessTest, client: TestClient): Attempt[] {
  const { cases, access: tableAccess, columns, values, refusal, users } = test;
  const valid = cases.row(0);
  const rules = columns.map((column) => ({ column, ...ruleFor(test, 'insert', column, client) }));
  const allowed = rules.filter(({ access }) => access !== 'refused');
  const attempts = rules
    .filter(({ access }) => access === 'refused')
    .map(({ column, label, access }): Attempt => {
      const statement = insert(cases.table, { [column]: values[column] ?? 'NULL' }).replace(
        ' OVERRIDING SYSTEM VALUE',
        '',
      );
      return { operation: label, access, statement, expected: refusal };
    });
  // Row security refuses a whole row, not a column.
  if (allowed.length === 0 && refusal.includes('row-level security'))
    return [{ operation: 'insert', access: 'refused', statement: insert(cases.table, valid), expected: refusal }];
  const [first] = allowed;
  if (first === undefined) return attempts;
  const row: Row = Object.fromEntries(
    allowed.flatMap(({ column }) => (valid[column] === undefined ? [] : [[column, valid[column]]])),
  );
  const { label, access } = first;
  const attempt = (statement: string, expected: string): Attempt => ({ operation: label, access, statement, expected });
  if (access === 'all') return [...attempts, attempt(insert(cases.table, row), '1 rows')];
  const { owner } = tableAccess;
  if (owner === undefined)
    throw new Error(
      `\`access\` of ${fileOf(cases)} has inserts with the outcome 'own': it must name the column \`owner\``,
    );
  const ownedBy = (user: string) => insert(cases.table, { ...row, [owner]: literal(user) });
  const self = client.claims?.sub ?? '';
  const rowRefusal = accessRefusalText(
    `new row violates row-level security policy for table "${unqualifiedName(cases.table)}"`,
  );
  return [
    ...attempts,
    ...users.filter((user) => user !== self).map((user) => attempt(ownedBy(user), rowRefusal)),
    attempt(ownedBy(self), '1 rows'),
  ];
}

/** The rule for an operation on a column, or on a whole row where `column` is undefined. */
function ruleFor(
  { access: { rules } }: AccessTest,
  operation: TableOperation,
  column: string | undefined,
  client: TestClient,
): { readonly access: Access; readonly label: string } {
  const ofOperation = rules.filter(([operations]) => operations.includes(operation));
  const named = ofOperation.find(
    ([, columns]) => columns !== 'rest' && column !== undefined && columns.includes(column),
  );
  const rest = ofOperation.find(([, columns]) => columns === 'rest');
  const [, , accesses] = named ?? rest ?? [];
  return { access: accessOf(client, accesses), label: labelOf(operation, named, ofOperation) };
}

/** The operation in the report: with its columns, where the table has several rules for the operation. */
function labelOf(operation: TableOperation, named: TableRule | undefined, rules: readonly TableRule[]): string {
  if (named !== undefined) return `${operation} ${(named[1] as readonly string[]).join(', ')}`;
  return rules.some(([, columns]) => columns !== 'rest') ? `${operation} of other columns` : operation;
}

function outcomeOf({ access: { rows }, refusal }: AccessTest, access: Access): string {
  if (access === 'refused') return refusal;
  return `${access === 'none' ? 0 : rows[access]} rows`;
}

function unqualifiedName(identity: string): string {
  return identity.replace(/^[^.]*\./, '').replaceAll('"', '');
}
