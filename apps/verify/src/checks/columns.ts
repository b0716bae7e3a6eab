import { type ColumnObject, objectKey } from '@app/catalog';
import type postgres from 'postgres';
import type { Check, Observation, Subject } from '../check.ts';
import type { ColumnRules } from '../derive/columnRules.ts';
import { wordsOf } from '../derive/model.ts';
import { shortName } from '../derive/names.ts';
import { madeOfKind, type Project } from '../project.ts';
import { ACCEPTED, answer, attempt, refused, rolledBack } from '../sql/attempt.ts';
import { identifier, insert, literal, type Row, without } from '../sql/statements.ts';

/** NOT NULL refuses a null, a column without it takes one, and a default, identity or expression fills what is left out. */
export function columnsSubject(project: Project): Subject {
  const columns = madeOfKind(project, 'column').filter(({ table }) => project.model.has(table));
  return {
    name: 'columns',
    startsFrom: 'migrated',
    database: 'shared',
    checks: columns.map((column) => columnCheck(project, column)),
  };
}

interface Trial {
  readonly transaction: postgres.TransactionSql;
  readonly column: ColumnObject;
  readonly sample: Row;
  readonly rules: ColumnRules;
}

function columnCheck(project: Project, column: ColumnObject): Check {
  const { table, name, definition } = column;
  return {
    name: shortName(`${table}.${name}`),
    fix: `restore the column by a migration: ${definition}`,
    proves: [objectKey(column)],
    // As superuser: a parent may be somebody else's to write.
    prove: ({ superuser }) =>
      rolledBack(superuser, async (transaction) => {
        const rules = project.columnRules.get(column.identity) ?? {
          ofNull: ACCEPTED,
          ofNothing: ACCEPTED,
          isStable: false,
        };
        const sample = project.sampler.row(table, 1);
        await project.sampler.layParents(transaction, table, sample, 1);
        if (column.default !== undefined && rules.isStable && column.generated === undefined)
          await project.sampler.layParents(transaction, table, { ...sample, [name]: column.default }, 5);
        const trial = { transaction, column, sample, rules };
        const own =
          column.generated === undefined ? await whenGivenNothing(trial) : await whenGenerated(trial, project);
        return [...own, await typeOf(trial)];
      }),
  };
}

async function whenGivenNothing({ transaction, column, sample, rules }: Trial): Promise<Observation[]> {
  const { table, name, default: fallback, identityKind } = column;
  const ofNull = {
    what: 'set to NULL',
    expected: rules.ofNull,
    actual: await attempt(transaction, insert(table, { ...sample, [name]: 'NULL' })),
  };
  const leftOut = insert(table, without(sample, name));
  const isFilled = fallback !== undefined || identityKind !== undefined;
  if (!isFilled && rules.ofNothing !== ACCEPTED)
    return [ofNull, { what: 'left out', expected: rules.ofNothing, actual: await attempt(transaction, leftOut) }];
  const filling = `${leftOut} RETURNING ${identifier(name)} IS NOT NULL`;
  const isNull = fallback?.startsWith('NULL::') ?? false;
  return [
    ofNull,
    {
      what: 'left out',
      expected: isFilled && !isNull ? 'filled in' : 'null',
      actual: filled(await answer(transaction, filling)),
    },
    ...(await whatFills({ transaction, column, sample, rules })),
  ];
}

function filled(isNotNull: string): string {
  if (isNotNull === 'true') return 'filled in';
  return isNotNull === 'false' ? 'null' : isNotNull;
}

async function whatFills({ transaction, column, sample, rules }: Trial): Promise<Observation[]> {
  const { table, name, default: fallback, identityKind } = column;
  const row = without(sample, name);
  const returning = (expression: string) => answer(transaction, `${insert(table, row)} RETURNING ${expression}`);
  const own = identifier(name);
  const observe = (what: string, actual: string) => ({ what, expected: 'true', actual });
  if (identityKind !== undefined) {
    const sequence = `pg_get_serial_sequence(${literal(table)}, ${literal(name)})`;
    const given = insert(table, sample).replace(' OVERRIDING SYSTEM VALUE', '');
    return [
      observe('it comes from its sequence', await returning(`${own} = currval(${sequence})`)),
      {
        what: 'a value of its own',
        expected: identityKind === 'always' ? refused('428C9') : ACCEPTED,
        actual: await attempt(transaction, given),
      },
    ];
  }
  if (fallback === undefined) return [];
  const [, sequence] = /^nextval\(('(?:[^']|'')*')::regclass\)$/.exec(fallback) ?? [];
  if (sequence !== undefined)
    return [observe('it comes from its sequence', await returning(`${own} = currval(${sequence})`))];
  if (rules.isStable)
    return [observe(`it is ${fallback}`, await returning(`${own} IS NOT DISTINCT FROM (${fallback})`))];
  return [observe(`it is another each time: ${fallback}`, await twoDiffer(transaction, table, row, own))];
}

/** Of a default that never gives the same twice. */
async function twoDiffer(transaction: postgres.TransactionSql, table: string, row: Row, own: string): Promise<string> {
  const once = () => answer(transaction, `${insert(table, row)} RETURNING ${own}`);
  const [first, second] = [await once(), await once()];
  return first === second ? `${first} twice` : 'true';
}

/** A generated column is what its expression makes of the row, and nothing else. */
async function whenGenerated({ transaction, column, sample }: Trial, project: Project): Promise<Observation[]> {
  const { table, name, type, default: expression = '' } = column;
  const own = identifier(name);
  const observations: Observation[] = [];
  const see = async (row: Row) => {
    const query = `${insert(table, row)} RETURNING ${own} IS NOT DISTINCT FROM (${expression})::${type}`;
    return { what: `it is ${expression}`, expected: 'true', actual: await answer(transaction, query) };
  };
  for (const n of [1, 2, 3]) {
    const row = project.sampler.row(table, n);
    await project.sampler.layParents(transaction, table, row, n);
    observations.push(await see(row));
    for (const other of withOtherNumbers(project, expression, table, row)) {
      const seen = await see(other);
      // What a CHECK refuses shows nothing of the expression.
      if (!seen.actual.startsWith('refused')) observations.push(seen);
    }
  }
  const given = insert(table, { ...sample, [name]: 'NULL' });
  return [
    ...observations,
    { what: 'a value of its own', expected: refused('428C9'), actual: await attempt(transaction, given) },
  ];
}

const NUMBERS = /^(?:smallint|integer|bigint|numeric|real|double)/;

/** A number that is 0 or 1 in every sample would hide what is done with it. */
function withOtherNumbers({ model }: Project, expression: string, table: string, row: Row): Row[] {
  const words = new Set(wordsOf(expression));
  const inputs = model.get(table)?.columns.filter(({ name, type }) => words.has(name) && NUMBERS.test(type)) ?? [];
  return inputs.map(({ name, default: value }) => ({ ...row, [name]: `(${row[name] ?? value ?? '1'}) + 3` }));
}

const DECLARED = `
  SELECT concat_ws(' ', format_type(a.atttypid, a.atttypmod), CASE WHEN a.attcollation <> t.typcollation THEN 'COLLATE ' || a.attcollation::regcollation END)
  FROM pg_attribute a JOIN pg_type t ON t.oid = a.atttypid`;

/** The last thing that is looked at: names are then qualified, whatever the session's search_path was. */
async function typeOf({ transaction, column }: Trial): Promise<Observation> {
  const { table, name, type, collation } = column;
  await transaction.unsafe(`SET LOCAL search_path = pg_catalog`);
  const query = `${DECLARED} WHERE a.attrelid = ${literal(table)}::regclass AND a.attname = ${literal(name)}`;
  const expected = collation === undefined ? type : `${type} COLLATE ${collation.replace(/^pg_catalog\./, '')}`;
  return { what: 'type', expected, actual: await answer(transaction, query) };
}
