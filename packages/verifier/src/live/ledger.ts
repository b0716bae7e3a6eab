import type { LedgerRow, MigrationFolder, Plan } from '@app/migrator';
import { plan } from '@app/migrator';
import type postgres from 'postgres';
import type { CheckResult, Ledger } from '../check.ts';
import { resultsOf } from '../compare/results.ts';
import { identifier } from '../sql/statements.ts';
import { isRead, isTable, type Read, tryRead } from './reading.ts';

const NAME = 'the ledger agrees with the folder';
const { passed, failed, notRun } = resultsOf('ledger');

/** The ledger's rows; undefined where the database has no ledger. */
export async function readLedger(
  transaction: postgres.TransactionSql,
  { schema, table: name }: Ledger,
): Promise<Read<LedgerRow[] | undefined>> {
  return await tryRead<LedgerRow[] | undefined>(transaction, async (savepoint) => {
    const table = await isTable(savepoint, schema, name);
    if (table === undefined) return { value: undefined };
    if (!table) return { reason: `${schema}.${name} is not a table` };
    const rows = await savepoint.unsafe<{ id: string; hash: string; created_at: string | null; name: string | null }[]>(
      `SELECT id::text, hash::text, created_at::text, to_jsonb(l) ->> 'name' AS name FROM ${identifier(schema)}.${identifier(name)} l ORDER BY id`,
    );
    const value = rows.map(({ id, hash, created_at, name }) => {
      return { id: Number(id), hash, createdAt: created_at === null ? null : Number(created_at), name };
    });
    return { value };
  });
}

/** The plan that a migration run would make; undefined where there is no ledger to make it from. */
export function planOf(folder: MigrationFolder, ledger: Read<LedgerRow[] | undefined>): Plan | undefined {
  if (!isRead(ledger) || ledger.value === undefined) return undefined;
  return plan(folder, ledger.value);
}

export interface LedgerQuestion {
  readonly ledger: Ledger;
  readonly folder: MigrationFolder;
  /** Tag of the last migration of history: it and those before it are not judged. */
  readonly after: string | undefined;
}

/** Every disagreement of the two by its name, then what is pending. */
export function ledgerResults(
  ledger: Read<unknown>,
  planned: Plan | undefined,
  { ledger: { schema, table }, folder, after }: LedgerQuestion,
): CheckResult[] {
  if (!isRead(ledger)) return [notRun(NAME, ledger.reason)];
  if (planned === undefined) {
    return [
      failed(
        NAME,
        'Check the database in the URL. If it is the right one, run the migrations; where the tables are there already, record them with the baseline command.',
        [
          {
            what: `${schema}.${table}`,
            expected: 'lists the migrations that were applied',
            actual: 'there is no such table',
          },
        ],
      ),
    ];
  }
  const history = new Set(
    folder.migrations.slice(0, 1 + folder.migrations.findIndex(({ tag }) => tag === after)).map(({ tag }) => tag),
  );
  const problems = planned.problems.filter(({ file }) => !history.has(file));
  const errors = problems.filter(({ severity }) => severity === 'error');
  const warnings = problems.filter(({ severity }) => severity === 'warning');
  const disagreements = errors.map(({ kind, file, message, expected = 'as in the folder', found, remedy }) =>
    failed(`${kind}: ${file}`, remedy, [{ what: `it ${message}`, expected, actual: found ?? message }]),
  );
  const missing = planned.pending.filter(({ tag }) => !history.has(tag));
  const pending = missing.map(({ tag }) => ({ what: tag, expected: 'applied', actual: 'pending' }));
  if (pending.length > 0) disagreements.push(failed('every migration is applied', 'Run the migrations.', pending));
  if (disagreements.length > 0) return disagreements;
  return [
    passed(
      NAME,
      planned.applied.length,
      warnings.map(({ file, message }) => `${file} ${message}`),
    ),
  ];
}
