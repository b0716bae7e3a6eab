import { type Catalog, type ColumnObject, type ConstraintObject, objectKey, objectsOfKind } from '@app/catalog';
import type postgres from 'postgres';
import type { Check, Observation, Subject, TestDatabase } from '../check.ts';
import { ACCEPTED, attempt, refused, rolledBack } from '../sql/attempt.ts';
import { identifier, insert, type Row, without } from '../sql/statements.ts';
import { foreignKeyChecks } from './foreignKeys.ts';
import { uniquenessChecks } from './keys.ts';
import type { ConstraintCases, TableCases } from './tableCases.ts';

export const TABLES = 'tables';

/** A table with its cases, and what the source says of it. */
export interface Table {
  readonly cases: TableCases;
  readonly columns: readonly ColumnObject[];
  readonly constraints: readonly ConstraintObject[];
}

/** What each table refuses and admits, tried from its valid row. `expected`: what the source describes. */
export function tablesSubject(all: readonly TableCases[], expected: Catalog): Subject {
  const checks = all.flatMap((cases) => {
    const of = <Item extends { readonly table: string }>(items: readonly Item[]) =>
      items.filter(({ table }) => table === cases.table);
    const [columns, constraints] = [of(objectsOfKind(expected, 'column')), of(objectsOfKind(expected, 'constraint'))];
    const table: Table = { cases, columns, constraints };
    const declared = Object.entries(cases.constraints ?? {});
    return [
      validRow(table),
      columnsCheck(table),
      ...declared.map(([name, edges]) => declaredCheck(table, name, edges)),
      ...uniquenessChecks(table, of(objectsOfKind(expected, 'index'))),
      ...foreignKeyChecks(table),
    ];
  });
  return { name: TABLES, startsFrom: 'migrated', database: 'shared', checks };
}

/** Runs `work` in a rolled-back transaction as superuser, with what the first two rows refer to. */
export async function withParents(
  { superuser }: TestDatabase,
  { cases }: Table,
  work: (transaction: postgres.TransactionSql) => Promise<Observation[]>,
): Promise<Observation[]> {
  return await rolledBack(superuser, async (transaction) => {
    for (const n of [1, 2]) for (const statement of cases.parents?.(n) ?? []) await transaction.unsafe(statement);
    await transaction.unsafe('SET CONSTRAINTS ALL IMMEDIATE');
    return await work(transaction);
  });
}

function validRow(table: Table): Check {
  const { cases } = table;
  return {
    name: `${shortName(cases.table)}: two valid rows`,
    fix: `correct \`row\` in ${fileOf(cases)}, or the constraint that refuses it`,
    proves: [`table ${cases.table}`],
    prove: (database) =>
      withParents(database, table, async (transaction) => {
        const observations: Observation[] = [];
        for (const n of [1, 2]) {
          const statement = insert(cases.table, cases.row(n));
          observations.push({ what: statement, expected: ACCEPTED, actual: await kept(transaction, statement) });
        }
        return observations;
      }),
  };
}

/** As `attempt`; what is accepted stays. */
async function kept(transaction: postgres.TransactionSql, statement: string): Promise<string> {
  const outcome = await attempt(transaction, statement);
  if (outcome === ACCEPTED) await transaction.unsafe(statement);
  return outcome;
}

/** NOT NULL refuses a null, a nullable column takes one, and a default fills a column that is left out. */
function columnsCheck(table: Table): Check {
  const { cases, columns } = table;
  return {
    name: `${shortName(cases.table)}: nulls and defaults`,
    fix: `write a migration that gives the column what the source says; or correct \`row\` in ${fileOf(cases)}`,
    prove: (database) =>
      withParents(database, table, async (transaction) => {
        const row = cases.row(1);
        const observations: Observation[] = [];
        const observe = async (what: string, statement: string, expected: string) => {
          observations.push({ what, expected, actual: await attempt(transaction, statement) });
        };
        for (const column of columns) {
          const { name, notNull, default: fallback, identityKind, generated } = column;
          const [withNull, leftOut] = [insert(cases.table, { ...row, [name]: 'NULL' }), without(row, name)];
          if (generated !== undefined) {
            await observe(`${name} is given a value`, withNull, refused('428C9'));
            continue;
          }
          await observe(`${name} = NULL`, withNull, notNull ? refusedNull(table, name) : nullOutcome(cases, name));
          const isFilled = (fallback !== undefined && !fallback.startsWith('NULL::')) || identityKind !== undefined;
          if (!isFilled) continue;
          const isNotNull = `${insert(cases.table, leftOut)} RETURNING 1 / (${identifier(name)} IS NOT NULL)::int`;
          await observe(`${name} is left out and takes a default`, isNotNull, ACCEPTED);
        }
        return observations;
      }),
  };
}

function refusedNull({ cases }: Table, column: string): string {
  return refused('23502', `${cases.table}.${column}`.replaceAll('"', ''));
}

/** A nullable column takes a null, unless a declared case says that a constraint refuses it. */
function nullOutcome({ constraints = {} }: TableCases, column: string): string {
  const refusing = Object.entries(constraints).find(([, { refused: rows }]) =>
    rows.some((row) => Object.keys(row).length === 1 && row[column] === 'NULL'),
  );
  return refusing === undefined ? ACCEPTED : refused('23514', refusing[0]);
}

const REFUSALS = {
  check: '23514',
  exclude: '23P01',
  unique: '23505',
  'primary key': '23505',
  'foreign key': '23503',
} as const;

/** A constraint refuses the values just outside it, under its own name, and admits those just inside. */
function declaredCheck(table: Table, name: string, { refused: outside, admitted, given = [] }: ConstraintCases): Check {
  const { cases, constraints } = table;
  const constraint = constraints.find((candidate) => candidate.name === name);
  // A unique index that serves no constraint is no constraint of the catalog.
  const refusal = refused(REFUSALS[constraint?.type ?? 'unique'], name);
  return {
    name: `${shortName(cases.table)}: ${name}`,
    fix: `write a migration that restores the constraint, or correct its cases in ${fileOf(cases)}`,
    proves: constraint === undefined ? [] : [objectKey(constraint)],
    prove: (database) =>
      withParents(database, table, async (transaction) => {
        for (const row of given) await transaction.unsafe(insert(cases.table, { ...cases.row(2), ...row }));
        const observations: Observation[] = [];
        const observe = async (change: Row, expected: string) => {
          const statement = insert(cases.table, { ...cases.row(1), ...change });
          const what = Object.entries(change).map(([column, value]) => `${column} = ${value}`);
          observations.push({ what: what.join(', '), expected, actual: await attempt(transaction, statement) });
        };
        for (const row of outside) await observe(row, refusal);
        for (const row of admitted) await observe(row, ACCEPTED);
        const sides = `${Math.min(outside.length, 1)} refused, ${Math.min(admitted.length, 1)} admitted`;
        return [...observations, { what: 'cases', expected: '1 refused, 1 admitted', actual: sides }];
      }),
  };
}

/** The table's name in a report: without the schema `public`. */
export function shortName(identity: string): string {
  return identity.replace(/^public\./, '');
}

export function fileOf({ file, table }: TableCases): string {
  return file ?? `the cases of ${table}`;
}
