import * as drizzle from '@app/db/schema';
import { PRD_FUNCTIONS, PRD_OBJECTS } from '../../library/data/prdObjects.ts';
import { type ExpectedColumn, type ExpectedTable, expectedTables } from '../../src/drizzleTables.ts';
import { type Breakage, both, definition, type Statement } from './breakage.ts';

const TABLES = expectedTables(drizzle);

/** Whatever the PRD names, under another name. */
const renamed: Breakage[] = [
  ...PRD_OBJECTS,
  ...PRD_FUNCTIONS.map(({ identity }) => ({ kind: 'function' as const, identity })),
].map(({ kind, identity }) => {
  const check = `${kind} ${identity.replaceAll('public.', '')}`;
  const [name = ''] = (identity.split(kind === 'constraint' ? ' on ' : '(')[0] ?? '').split('.').slice(-1);
  const [away, back] = [
    rename(kind, identity, name, 'astray'),
    rename(kind, identity.replace(name, 'astray'), 'astray', name),
  ];
  return { subject: "the PRD's objects", check, what: 'another name', damage: away, mend: back };
});

function rename(kind: string, identity: string, from: string, to: string): string {
  if (kind === 'constraint') return `ALTER TABLE ${identity.split(' on ')[1]} RENAME CONSTRAINT ${from} TO ${to}`;
  if (kind === 'column')
    return `ALTER TABLE ${identity.split('.').slice(0, 2).join('.')} RENAME COLUMN ${from} TO ${to}`;
  return `ALTER ${kind.toUpperCase()} ${identity} RENAME TO ${to}`;
}

const columnsBroken: Breakage[] = TABLES.flatMap((table) =>
  table.columns.flatMap((column) => {
    const check = `${table.name}.${column.name}`;
    if (!column.notNull) return [{ subject: 'columns', check, what: 'null is refused', ...refuseNull(table, column) }];
    const nullable: Breakage = { subject: 'columns', check, what: 'null is taken', ...takeNull(table, column) };
    if (!column.hasDefault) return [nullable];
    return [nullable, { subject: 'columns', check, what: 'no default', ...loseDefault(table, column) }];
  }),
);

interface Damage {
  readonly damage: Statement;
  readonly mend: Statement;
}

function refuseNull({ identity }: ExpectedTable, { name }: ExpectedColumn): Damage {
  const alter = `ALTER TABLE ${identity}`;
  return {
    damage: `${alter} ADD CONSTRAINT too_strict CHECK (${name} IS NOT NULL) NOT VALID`,
    mend: `${alter} DROP CONSTRAINT too_strict`,
  };
}

/** A primary key and an identity each hold a column not null by themselves, so they are taken away as well. */
function takeNull(table: ExpectedTable, column: ExpectedColumn): Damage {
  const key = table.keys.find(({ type, columns: of }) => type === 'primary key' && of.includes(column.name));
  const alter = `ALTER TABLE ${table.identity}`;
  const without = key === undefined ? [] : [`${alter} DROP CONSTRAINT ${key.name} CASCADE`];
  const restored = key === undefined ? [] : [definition('constraint', `${key.name} on ${table.identity}`)];
  const identity = isIdentity(table, column) ? [loseDefault(table, column)] : [];
  return {
    damage: both(
      ...without,
      ...identity.map(({ damage }) => damage),
      `${alter} ALTER COLUMN ${column.name} DROP NOT NULL`,
    ),
    mend: both(`${alter} ALTER COLUMN ${column.name} SET NOT NULL`, ...identity.map(({ mend }) => mend), ...restored),
  };
}

function isIdentity({ name }: ExpectedTable, column: ExpectedColumn): boolean {
  return name === 'deleted_objects' && column.name === 'id';
}

function loseDefault(table: ExpectedTable, column: ExpectedColumn): Damage {
  const alter = `ALTER TABLE ${table.identity} ALTER COLUMN ${column.name}`;
  if (isIdentity(table, column))
    return { damage: `${alter} DROP IDENTITY`, mend: `${alter} ADD GENERATED ALWAYS AS IDENTITY` };
  const mend: Statement = (catalog) => {
    const found = catalog.objects.find(
      ({ kind, identity }) => kind === 'column' && identity === `${table.identity}.${column.name}`,
    );
    if (found?.kind !== 'column') throw new Error(`the catalog has no column ${column.name}`);
    return `${alter} SET DEFAULT ${found.default}`;
  };
  return { damage: `${alter} DROP DEFAULT`, mend };
}

function dropped(subject: Breakage['subject'], table: ExpectedTable, name: string, isIndex = false): Breakage {
  const schema = table.identity.slice(0, -table.name.length - 1);
  return {
    subject,
    check: name,
    what: 'dropped',
    damage: isIndex ? `DROP INDEX ${schema}.${name}` : `ALTER TABLE ${table.identity} DROP CONSTRAINT ${name} CASCADE`,
    mend: isIndex ? definition('index', `${schema}.${name}`) : definition('constraint', `${name} on ${table.identity}`),
  };
}

const constraintsDropped = TABLES.flatMap((table) => [
  ...table.checks.map((name) => dropped('constraints', table, name)),
  ...table.keys.map(({ name, type }) => dropped('constraints', table, name, type === 'unique index')),
  ...table.foreignKeys.map(({ name }) => dropped('foreign keys', table, name)),
]);

const indexesDropped = TABLES.flatMap((table) => [
  ...table.keys.filter(({ type }) => type !== 'unique index').map(({ name }) => dropped('indexes', table, name)),
  ...table.indexes.map((name) => dropped('indexes', table, name, true)),
]);

/** One for each check of these subjects, made from the schema. */
export const derivedBreakages: readonly Breakage[] = [
  ...renamed,
  ...columnsBroken,
  ...constraintsDropped,
  ...indexesDropped,
];
