import type { LedgerRow, MigrationFolder, Plan } from '@app/migrator';
import { plan } from '@app/migrator';
import type postgres from 'postgres';
import type { CheckResult, Ledger } from '../check.ts';
import { resultsOf } from '../results.ts';
import { identifier } from '../sql/statements.ts';
import { isRead, isTable, type Read, tryRead } from './reading.ts';

const NAME = 'the ledger agrees with the folder';
const { passedResult, failedResult, notRunResult } = resultsOf('ledger');

/** Reads the ledger's rows; the value is undefined where the database has no ledger. */
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

/** The plan of a migration run; undefined without a ledger. */
export function planOf(folder: MigrationFolder, ledger: Read<LedgerRow[] | undefined>): Plan | undefined {
  if (!isRead(ledger) || ledger.value === undefined) return undefined;
  return plan(folder, ledger.value);
}

export interface LedgerContext {
  readonly ledger: Ledger;
  readonly folder: MigrationFolder;
  /** Tag of the last historical migration. It and the migrations before it are not checked. */
  readonly after: string | undefined;
}

/** A failure for each disagreement of ledger and folder, and one for all pending migrations. */
export function ledgerResults(
  ledger: Read<unknown>,
  planned: Plan | undefined,
  { ledger: { schema, table }, folder, after }: LedgerContext,
): CheckResult[] {
  if (!isRead(ledger)) return [notRunResult(NAME, ledger.reason)];
  if (planned === undefined) {
    return [
      failedResult(
        NAME,
        'Check the database in the URL. If it is the right one, run the migrations; if the tables exist already, record the migrations with the baseline command.',
        [
          {
            what: `${schema}.${table}`,
            expected: 'the list of applied migrations',
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
    failedResult(`${kind}: ${file}`, remedy, [{ what: `it ${message}`, expected, actual: found ?? message }]),
  );
  const missing = planned.pending.filter(({ tag }) => !history.has(tag));
  const pending = missing.map(({ tag }) => ({ what: tag, expected: 'applied', actual: 'pending' }));
  if (pending.length > 0)
    disagreements.push(failedResult('every migration is applied', 'Run the migrations.', pending));
  if (disagreements.length > 0) return disagreements;
  return [
    passedResult(
      NAME,
      planned.applied.length,
      warnings.map(({ file, message }) => `${file} ${message}`),
    ),
  ];
}
