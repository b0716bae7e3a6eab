import { type CatalogObject, objectKey, objectsOfKind } from '../catalog.ts';
import type { FunctionObject, TypeObject, ViewObject } from '../objects/others.ts';
import type { ColumnObject, TableObject } from '../objects/tables.ts';
import { kindKeyword, quotedName } from '../sqlText.ts';
import type { FixContext, Sides } from './finding.ts';
import { nameOn } from './parents.ts';
import { defaultPrivilegeRemoval, revocation } from './removals.ts';

/** The statements that turn the actual object into the expected one; undefined where no statement can. */
export function alterations({ expected, actual, properties }: Sides, context: FixContext): string[] | undefined {
  if (expected === undefined || actual === undefined) return undefined;
  const owner =
    expected.owner === actual.owner || expected.owner === undefined
      ? []
      : [
          `ALTER ${kindKeyword(expected)} ${expected.identity} OWNER TO ${expected.owner}`,
          ...regrants(expected, actual.owner, context),
        ];
  if (expected.definition === actual.definition) return owner;
  const rest = alteration(expected, actual, properties, context);
  return rest && [...rest, ...owner];
}

/** `ALTER … OWNER TO` drops the former owner's grants, also on the sequences of a table: these GRANTs restore them. */
function regrants(object: CatalogObject, former: string | undefined, { expected }: FixContext): string[] {
  const sequences = objectsOfKind(expected, 'sequence').filter(({ ownedBy }) =>
    ownedBy?.startsWith(`${object.identity}.`),
  );
  const keys = [object, ...sequences].map(objectKey);
  const grants = objectsOfKind(expected, 'grant').filter(({ on, grantee }) => keys.includes(on) && grantee === former);
  return grants.flatMap(({ definition }) => definition.split(';\n'));
}

function alteration(
  expected: CatalogObject,
  actual: CatalogObject,
  properties: readonly string[],
  context: FixContext,
): string[] | undefined {
  const only = (property: string) => properties.every((each) => each === property);
  if (expected.kind === 'column' && actual.kind === 'column') return columnFix(expected, actual, context);
  if (expected.kind === 'table' && actual.kind === 'table') return tableFix(expected, actual, context);
  if (expected.kind === 'type' && actual.kind === 'type') return typeFix(expected, actual);
  if (expected.kind === 'view' && actual.kind === 'view') return viewFix(expected, actual, context);
  if (expected.kind === 'function' && actual.kind === 'function') return functionFix(expected, actual, context);
  if (expected.kind === 'constraint' && only('validated') && expected.validated)
    return [`ALTER TABLE ${expected.table} VALIDATE CONSTRAINT ${nameOn(expected)}`];
  if (expected.kind === 'index' && only('replica identity')) return replicaIdentity(expected.table, context);
  if (expected.kind === 'trigger' && only('enabled'))
    return expected.settings.length > 0
      ? [...expected.settings]
      : [`ALTER TABLE ${expected.table} ENABLE TRIGGER ${nameOn(expected)}`];
  if (expected.kind === 'grant' && actual.kind === 'grant') {
    const surplus = actual.privileges.filter((privilege) => !expected.privileges.includes(privilege));
    const options = actual.grantable.filter((privilege) => !expected.grantable.includes(privilege));
    const revoked = [
      ...revocation(actual, surplus, context.expected),
      ...revocation(actual, options, context.expected).map((text) =>
        text.replace(/^REVOKE /, 'REVOKE GRANT OPTION FOR '),
      ),
    ];
    return [...revoked, ...expected.definition.split(';\n')];
  }
  if (expected.kind === 'default privilege' && actual.kind === 'default privilege')
    return [...defaultPrivilegeRemoval(actual), ...expected.definition.split(';\n')];
  if (expected.kind === 'sequence') return sequenceFix(expected, properties);
  if (expected.kind === 'comment') return [expected.definition];
  if (expected.kind === 'extension')
    return [expected.definition.replace(/^CREATE EXTENSION (.*) WITH SCHEMA /, 'ALTER EXTENSION $1 SET SCHEMA ')];
  return expected.kind === 'schema' ? undefined : context.recreate([actual]);
}

function columnFix(expected: ColumnObject, actual: ColumnObject, context: FixContext): string[] | undefined {
  const column = quotedName(expected);
  if (!context.expected.objects.some((object) => objectKey(object) === `table ${expected.table}`)) return undefined;
  const alter = `ALTER TABLE ${expected.table} ALTER COLUMN ${column}`;
  const retyped = expected.type !== actual.type || expected.collation !== actual.collation;
  // The values of a generated column can be computed again, so the column may be dropped and added.
  if (
    expected.generated !== undefined &&
    (retyped || expected.generated !== actual.generated || expected.default !== actual.default)
  )
    return context.recreate(dependentsOf(expected, context, true), [
      `ALTER TABLE ${expected.table} DROP COLUMN IF EXISTS ${column}`,
      ...context.columnCreation(expected),
    ]);
  const isSet = actual.default !== undefined && actual.generated === undefined;
  const statements = [
    ...(actual.generated !== undefined ? [`${alter} DROP EXPRESSION`] : []),
    ...(isSet && (retyped || expected.default === undefined) ? [`${alter} DROP DEFAULT`] : []),
    ...(actual.identityKind !== undefined && expected.identityKind === undefined ? [`${alter} DROP IDENTITY`] : []),
    ...(retyped ? [`${alter} TYPE ${typeOf(expected)} USING ${column}::${expected.type}`] : []),
    ...(expected.default !== undefined && (retyped || expected.default !== actual.default || !isSet)
      ? [`${alter} SET DEFAULT ${expected.default}`]
      : []),
    ...(actual.notNull && (!expected.notNull || actual.declaration.includes(' /* not validated */'))
      ? [`${alter} DROP NOT NULL`]
      : []),
    ...(expected.notNull && (!actual.notNull || actual.declaration.includes(' /* not validated */'))
      ? [`${alter} SET NOT NULL`]
      : []),
    ...identityStatements(expected, actual, alter, context),
    ...storageStatements(expected, actual, alter),
  ];
  return retyped ? context.recreate(dependentsOf(expected, context, false), statements) : statements;
}

function typeOf({ type, collation }: ColumnObject): string {
  return collation === undefined ? type : `${type} COLLATE ${collation}`;
}

/**
 * The objects whose definitions use the column. While they exist, PostgreSQL refuses to change the column's type.
 * @param dropped the column is dropped: also the constraints, indexes and statistics that DROP COLUMN takes along
 */
function dependentsOf(column: ColumnObject, { actual }: FixContext, dropped: boolean): CatalogObject[] {
  const kinds = ['view', 'policy', 'trigger', 'rule', ...(dropped ? ['constraint', 'index', 'statistics'] : [])];
  const reads = (object: CatalogObject) =>
    kinds.includes(object.kind) || (object.kind === 'function' && object.body === '');
  return actual.objects.filter(
    (object) =>
      reads(object) &&
      (('table' in object && object.table === column.table) || object.dependsOn.includes(`table ${column.table}`)) &&
      object.definition.includes(quotedName(column)),
  );
}

function identityStatements(
  expected: ColumnObject,
  actual: ColumnObject,
  alter: string,
  context: FixContext,
): string[] {
  if (expected.identityKind === undefined || expected.identityKind === actual.identityKind) return [];
  const kind = expected.identityKind.toUpperCase();
  if (actual.identityKind !== undefined) return [`${alter} SET GENERATED ${kind}`];
  const created = context.columnCreation(expected).filter((text) => !text.includes(' ADD COLUMN IF NOT EXISTS '));
  const [sequence] = objectsOfKind(context.expected, 'sequence').filter(({ ownedBy }) => ownedBy === expected.identity);
  return [
    ...created,
    ...(sequence === undefined ? [] : [setSequenceToColumn(sequence.identity, expected.table, quotedName(expected))]),
  ];
}

/** The statement that sets a sequence to the largest value of its column, or to the smallest where it descends. */
export function setSequenceToColumn(sequence: string, table: string, column: string, descends = false): string {
  return `SELECT pg_catalog.setval('${sequence.replaceAll("'", "''")}', (SELECT ${descends ? 'min' : 'max'}(${column}) FROM ${table}))`;
}

function storageStatements(expected: ColumnObject, actual: ColumnObject, alter: string): string[] {
  const undone = actual.alterations
    .filter((action) => !expected.alterations.includes(action))
    .map((action) => {
      if (action.startsWith('SET STORAGE')) return `SET STORAGE ${expected.defaultStorage}`;
      if (action.startsWith('SET COMPRESSION')) return 'SET COMPRESSION default';
      return action.startsWith('SET STATISTICS') ? 'SET STATISTICS -1' : 'RESET (n_distinct, n_distinct_inherited)';
    });
  const done = expected.alterations.filter((action) => !actual.alterations.includes(action));
  return [...undone, ...done].map((action) => `${alter} ${action}`);
}

function tableFix(expected: TableObject, actual: TableObject, context: FixContext): string[] | undefined {
  if (expected.tableKind !== actual.tableKind || expected.partitionKey !== actual.partitionKey) return undefined;
  const alter = `ALTER TABLE ${expected.identity}`;
  const key = (option: string) => option.split('=', 1)[0] ?? option;
  const set = expected.options.filter((option) => !actual.options.includes(option));
  const reset = actual.options.map(key).filter((name) => !expected.options.map(key).includes(name));
  const apart = expected.partitionOf !== actual.partitionOf || expected.partitionBound !== actual.partitionBound;
  return [
    ...(expected.rowSecurity === actual.rowSecurity
      ? []
      : [`${alter} ${expected.rowSecurity ? 'ENABLE' : 'DISABLE'} ROW LEVEL SECURITY`]),
    ...(expected.forceRowSecurity === actual.forceRowSecurity
      ? []
      : [`${alter} ${expected.forceRowSecurity ? '' : 'NO '}FORCE ROW LEVEL SECURITY`]),
    ...(reset.length === 0 ? [] : [`${alter} RESET (${reset.join(', ')})`]),
    ...(set.length === 0 ? [] : [`${alter} SET (${set.join(', ')})`]),
    ...(expected.unlogged === actual.unlogged ? [] : [`${alter} SET ${expected.unlogged ? 'UNLOGGED' : 'LOGGED'}`]),
    ...actual.inherits
      .filter((parent) => !expected.inherits.includes(parent))
      .map((parent) => `${alter} NO INHERIT ${parent}`),
    ...expected.inherits
      .filter((parent) => !actual.inherits.includes(parent))
      .map((parent) => `${alter} INHERIT ${parent}`),
    ...(apart && actual.partitionOf !== undefined
      ? [`ALTER TABLE ${actual.partitionOf} DETACH PARTITION ${expected.identity}`]
      : []),
    ...(apart ? expected.settings.filter((text) => text.includes(' ATTACH PARTITION ')) : []),
    ...(expected.replicaIdentity === actual.replicaIdentity ? [] : replicaIdentity(expected.identity, context)),
  ];
}

function replicaIdentity(table: string, { expected }: FixContext): string[] {
  const settings = [...objectsOfKind(expected, 'table'), ...objectsOfKind(expected, 'index')]
    .filter((object) => (object.kind === 'table' ? object.identity : object.table) === table)
    .flatMap((object) => object.settings.filter((text) => text.includes(' REPLICA IDENTITY ')));
  return settings.length > 0 ? settings : [`ALTER TABLE ${table} REPLICA IDENTITY DEFAULT`];
}

/** PostgreSQL can add an enum label but not drop one, and can change everything of a domain but its base type. */
function typeFix(expected: TypeObject, actual: TypeObject): string[] | undefined {
  if (expected.type !== actual.type) return undefined;
  if (expected.type === 'enum') {
    const shared = expected.labels.filter((label) => actual.labels.includes(label));
    if (shared.join('\n') !== actual.labels.join('\n')) return undefined;
    const literal = (label: string) => `'${label.replaceAll("'", "''")}'`;
    return expected.labels.flatMap((label, index) => {
      if (actual.labels.includes(label)) return [];
      const before = expected.labels[index - 1];
      const place =
        before !== undefined ? ` AFTER ${literal(before)}` : shared[0] ? ` BEFORE ${literal(shared[0])}` : '';
      return [`ALTER TYPE ${expected.identity} ADD VALUE IF NOT EXISTS ${literal(label)}${place}`];
    });
  }
  const [wanted, found] = [expected.domain, actual.domain];
  if (wanted === undefined || found === undefined || wanted.base !== found.base) return undefined;
  const alter = `ALTER DOMAIN ${expected.identity}`;
  return [
    ...(wanted.default === found.default
      ? []
      : [wanted.default === undefined ? `${alter} DROP DEFAULT` : `${alter} SET DEFAULT ${wanted.default}`]),
    ...(wanted.notNull === found.notNull ? [] : [`${alter} ${wanted.notNull ? 'SET' : 'DROP'} NOT NULL`]),
    ...Object.entries(found.checks)
      .filter(([name, text]) => wanted.checks[name] !== text)
      .map(([name]) => `${alter} DROP CONSTRAINT IF EXISTS ${name}`),
    ...Object.entries(wanted.checks)
      .filter(([name, text]) => found.checks[name] !== text)
      .map(([name, text]) => `${alter} ADD CONSTRAINT ${name} ${text}`),
  ];
}

function viewFix(expected: ViewObject, actual: ViewObject, context: FixContext): string[] | undefined {
  const columns = ({ objects }: FixContext['expected']) =>
    objects.flatMap((object) =>
      object.kind === 'column' && object.table === expected.identity ? [`${object.name} ${object.type}`] : [],
    );
  const isReplaced = columns(context.expected).join('\n') === columns(context.actual).join('\n');
  if (isReplaced && !expected.materialized && !actual.materialized)
    return [expected.definition.replace(/^CREATE VIEW/, 'CREATE OR REPLACE VIEW')];
  return context.recreate([actual]);
}

function functionFix(expected: FunctionObject, actual: FunctionObject, context: FixContext): string[] | undefined {
  const isReplaced =
    expected.functionKind !== 'aggregate' &&
    expected.functionKind === actual.functionKind &&
    expected.arguments === actual.arguments &&
    expected.result === actual.result;
  return isReplaced ? [expected.definition] : context.recreate([actual]);
}

function sequenceFix(sequence: CatalogObject & { readonly kind: 'sequence' }, properties: readonly string[]): string[] {
  const alter = `ALTER SEQUENCE ${sequence.identity}`;
  // PostgreSQL refuses OWNED BY for the sequence of an identity column.
  const owned =
    properties.includes('owned by') && !sequence.isIdentity ? ` OWNED BY ${sequence.ownedBy ?? 'NONE'}` : '';
  return [
    `${alter} ${sequence.allOptions.join(' ')}${owned}`,
    ...(properties.includes('logged') ? [`${alter} SET ${sequence.unlogged ? 'UNLOGGED' : 'LOGGED'}`] : []),
  ];
}
