import { type Catalog, objectKey, objectsOfKind } from '@app/catalog';
import type { Check, Observation, Subject } from '../check.ts';
import {
  ACCEPTED,
  identifier,
  insert,
  type Row,
  refusalText,
  tryAndKeep,
  tryStatement,
  without,
} from '../sql/statements.ts';
import { foreignKeyChecks } from './foreignKeys.ts';
import { uniquenessChecks } from './keys.ts';
import {
  type ConstraintCases,
  fileOf,
  type SourceTable,
  shortName,
  type TableCases,
  withParents,
} from './tableCases.ts';

export const TABLES = 'tables';

/**
 * Tries what each table must refuse and admit, with changes to its valid row.
 * @param expected the catalog of the source
 */
export function tablesSubject(all: readonly TableCases[], expected: Catalog): Subject {
  const checks = all.flatMap((cases) => {
    const ofTable = <Item extends { readonly table: string }>(items: readonly Item[]) =>
      items.filter(({ table }) => table === cases.table);
    const [columns, constraints] = [objectsOfKind(expected, 'column'), objectsOfKind(expected, 'constraint')];
    const table: SourceTable = { cases, columns: ofTable(columns), constraints: ofTable(constraints) };
    const declared = Object.entries(cases.constraints ?? {});
    return [
      validRowsCheck(table),
      columnsCheck(table),
      ...declared.map(([name, rows]) => constraintCheck(table, name, rows)),
      ...uniquenessChecks(table, ofTable(objectsOfKind(expected, 'index'))),
      ...foreignKeyChecks(table),
    ];
  });
  return { name: TABLES, startsFrom: 'migrated', database: 'shared', checks };
}

function validRowsCheck(table: SourceTable): Check {
  const { cases } = table;
  return {
    name: `${shortName(cases.table)}: two valid rows`,
    fix: `correct \`row\` in ${fileOf(cases)}, or the constraint that refuses the row`,
    proves: [`table ${cases.table}`],
    prove: (database) =>
      withParents(database, table, async (transaction) => {
        const observations: Observation[] = [];
        for (const n of [1, 2]) {
          const statement = insert(cases.table, cases.row(n));
          observations.push({ what: statement, expected: ACCEPTED, actual: await tryAndKeep(transaction, statement) });
        }
        return observations;
      }),
  };
}

/** NOT NULL refuses a null; a nullable column admits one; a default fills a column that the INSERT leaves out. */
function columnsCheck(table: SourceTable): Check {
  const { cases, columns } = table;
  return {
    name: `${shortName(cases.table)}: nulls and defaults`,
    fix: `write a migration that restores the column's NOT NULL or default; or correct \`row\` in ${fileOf(cases)}`,
    prove: (database) =>
      withParents(database, table, async (transaction) => {
        const row = cases.row(1);
        const observations: Observation[] = [];
        const observe = async (what: string, statement: string, expected: string) => {
          observations.push({ what, expected, actual: await tryStatement(transaction, statement) });
        };
        for (const column of columns) {
          const { name, notNull, default: defaultValue, identityKind, generated } = column;
          const [withNull, leftOut] = [insert(cases.table, { ...row, [name]: 'NULL' }), without(row, name)];
          if (generated !== undefined) {
            await observe(`${name} is given a value`, withNull, refusalText('428C9'));
            continue;
          }
          await observe(`${name} = NULL`, withNull, notNull ? notNullRefusal(table, name) : nullOutcome(cases, name));
          const isFilled =
            (defaultValue !== undefined && !defaultValue.startsWith('NULL::')) || identityKind !== undefined;
          if (!isFilled) continue;
          const isNotNull = `${insert(cases.table, leftOut)} RETURNING 1 / (${identifier(name)} IS NOT NULL)::int`;
          await observe(`${name} is left out and takes a default`, isNotNull, ACCEPTED);
        }
        return observations;
      }),
  };
}

function notNullRefusal({ cases }: SourceTable, column: string): string {
  return refusalText('23502', `${cases.table}.${column}`.replaceAll('"', ''));
}

/** A nullable column admits a null, unless the cases of a constraint refuse it. */
function nullOutcome({ constraints = {} }: TableCases, column: string): string {
  const refusing = Object.entries(constraints).find(([, { refused: rows }]) =>
    rows.some((row) => Object.keys(row).length === 1 && row[column] === 'NULL'),
  );
  return refusing === undefined ? ACCEPTED : refusalText('23514', refusing[0]);
}

const SQLSTATES = {
  check: '23514',
  exclude: '23P01',
  unique: '23505',
  'primary key': '23505',
  'foreign key': '23503',
} as const;

/** A constraint refuses its `refused` rows under its own name, and admits its `admitted` rows. */
function constraintCheck(table: SourceTable, name: string, { refused, admitted, given = [] }: ConstraintCases): Check {
  const { cases, constraints } = table;
  const constraint = constraints.find((candidate) => candidate.name === name);
  // The cases may also be of a unique index, which the catalog does not list as a constraint.
  const refusal = refusalText(SQLSTATES[constraint?.type ?? 'unique'], name);
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
          observations.push({ what: what.join(', '), expected, actual: await tryStatement(transaction, statement) });
        };
        for (const row of refused) await observe(row, refusal);
        for (const row of admitted) await observe(row, ACCEPTED);
        const counts = `${Math.min(refused.length, 1)} refused, ${Math.min(admitted.length, 1)} admitted`;
        return [...observations, { what: 'cases', expected: '1 refused, 1 admitted', actual: counts }];
      }),
  };
}
