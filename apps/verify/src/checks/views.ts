import { objectKey, type ViewObject } from '@app/catalog';
import type postgres from 'postgres';
import type { Check, Observation, Subject } from '../check.ts';
import { foreignKeysOf } from '../derive/model.ts';
import { shortName } from '../derive/names.ts';
import { madeOfKind, type Project } from '../project.ts';
import { ACCEPTED, answer, attempt, refused, rolledBack, settle } from '../sql/attempt.ts';
import { identifier, insert, literal, pickGiven, type Row } from '../sql/statements.ts';

/** A view gives what its definition selects, under the names and types that it should, with the rights that it should. */
export function viewsSubject(project: Project): Subject {
  return {
    name: 'views',
    startsFrom: 'migrated',
    database: 'shared',
    checks: madeOfKind(project, 'view').map((view) => viewCheck(project, view)),
  };
}

function viewCheck(project: Project, view: ViewObject): Check {
  const { identity, query, materialized, definition } = view;
  const columns = madeOfKind(project, 'column').filter(({ table }) => table === identity);
  return {
    name: shortName(identity),
    fix: `restore it by a migration: ${definition}; where no row is in it, give some in \`samples\` of the config`,
    proves: [objectKey(view), ...columns.map(objectKey)],
    prove: ({ superuser }) =>
      rolledBack(superuser, async (transaction) => {
        await layRows(transaction, project);
        if (materialized) await transaction.unsafe(`REFRESH MATERIALIZED VIEW ${identity}`);
        const [own, meant] = [
          `SELECT to_jsonb(v)::text FROM ${identity} AS v`,
          `SELECT to_jsonb(q)::text FROM (${query}) AS q`,
        ];
        const differing = `SELECT count(*) FROM ((${own} EXCEPT ALL ${meant}) UNION ALL (${meant} EXCEPT ALL ${own})) AS d`;
        const found = await answer(
          transaction,
          `SELECT CASE WHEN EXISTS (SELECT FROM ${identity}) THEN 'some' ELSE 'none' END`,
        );
        return [
          { what: 'rows in it', expected: 'some', actual: found },
          {
            what: 'rows that differ from those of its definition',
            expected: '0',
            actual: await answer(transaction, differing),
          },
          {
            what: 'options',
            expected: view.options.join(', ') || 'null',
            actual: await answer(transaction, OPTIONS(identity)),
          },
          ...(materialized ? await besideReaders(transaction, project, view) : await asReader(transaction, view)),
          ...(await typesOf(transaction, identity, columns)),
        ];
      }),
  };
}

const SAMPLES = 12;
/** Beyond the numbers of the samples. */
const SIBLINGS = 5_000;

/** Rows in every table, parents first, and no table's where another's parents are; what one cannot take, the others have. */
async function layRows(transaction: postgres.TransactionSql, { sampler, ...project }: Project): Promise<void> {
  const tables = madeOfKind(project, 'table').filter(({ partitionOf }) => partitionOf === undefined);
  for (const [position, { identity }] of tables.entries()) {
    const first = position * SAMPLES + 1;
    for (let n = first; n < first + SAMPLES; n += 1) {
      try {
        const row =
          n % 2 === 1 ? sampler.row(identity, n) : withoutNullable(project, identity, sampler.row(identity, n));
        await sampler.layParents(transaction, identity, row, n);
        await settle(transaction, insert(identity, row));
        // Its parents have other children too, so that what a view makes of several rows shows.
        const sibling = { ...sampler.row(identity, n + SIBLINGS), ...parentsOf(project, identity, row) };
        await settle(transaction, insert(identity, sibling));
      } catch (error) {
        // A table without a sample row says so in checks of its own.
        if (error instanceof Error && error.message.includes('sample row')) break;
        throw error;
      }
    }
  }
}

function parentsOf({ model }: Pick<Project, 'model'>, table: string, row: Row): Row {
  const own = model.get(table);
  const columns = own === undefined ? [] : foreignKeysOf(own).flatMap((key) => key.columns);
  return pickGiven(row, columns);
}

/** What may be empty is, so that both sides of a condition are there. */
function withoutNullable({ model }: Pick<Project, 'model'>, table: string, row: Row): Row {
  const nullable = model.get(table)?.columns.filter(({ notNull }) => !notNull) ?? [];
  const names = new Set(nullable.map(({ name }) => name));
  return Object.fromEntries(Object.entries(row).map(([column, value]) => [column, names.has(column) ? 'NULL' : value]));
}

/** A unique index lets a view be filled anew while it is read. */
async function besideReaders(
  transaction: postgres.TransactionSql,
  project: Project,
  { identity }: ViewObject,
): Promise<Observation[]> {
  const isUnique = madeOfKind(project, 'index').some(
    ({ table, unique, predicate }) => table === identity && unique && predicate === undefined,
  );
  const actual = await attempt(transaction, `REFRESH MATERIALIZED VIEW CONCURRENTLY ${identity}`);
  return [{ what: 'filled anew beside its readers', expected: isUnique ? ACCEPTED : refused('55000'), actual }];
}

const OPTIONS = (identity: string) =>
  `SELECT (SELECT string_agg(o, ', ' ORDER BY o) FROM unnest(reloptions) AS o) FROM pg_class WHERE oid = ${literal(identity)}::regclass`;

const READER = 'verify_reader';

/** Whoever may read the view alone: what is below it is read by its owner, unless it is a security_invoker. */
async function asReader(
  transaction: postgres.TransactionSql,
  { identity, schema, options }: ViewObject,
): Promise<Observation[]> {
  await transaction.unsafe(`CREATE ROLE ${READER};
    GRANT USAGE ON SCHEMA ${identifier(schema)} TO ${READER}; GRANT SELECT ON ${identity} TO ${READER}; SET LOCAL ROLE ${READER}`);
  const actual = await attempt(transaction, `SELECT FROM ${identity}`);
  await transaction.unsafe('RESET ROLE');
  const isInvoker = options.some((option) => /^security_invoker=(true|on|1|yes)$/.test(option));
  return [{ what: 'read by whom it alone is open to', expected: isInvoker ? refused('42501') : 'accepted', actual }];
}

async function typesOf(
  transaction: postgres.TransactionSql,
  identity: string,
  columns: readonly { readonly name: string; readonly type: string }[],
): Promise<Observation[]> {
  await transaction.unsafe('SET LOCAL search_path = pg_catalog');
  const expected = columns.map(({ name, type }) => `${name} ${type}`).join(', ');
  const actual = await answer(
    transaction,
    `SELECT string_agg(a.attname || ' ' || format_type(a.atttypid, a.atttypmod), ', ' ORDER BY a.attnum)
     FROM pg_attribute a WHERE a.attrelid = ${literal(identity)}::regclass AND a.attnum > 0 AND NOT a.attisdropped`,
  );
  return [{ what: 'columns', expected, actual }];
}
