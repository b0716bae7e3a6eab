import type { LedgerRow, MigrationFolder, Plan } from '@app/migrator';
import { plan } from '@app/migrator';
import type postgres from 'postgres';
import type { CheckResult } from '../check.ts';
import { isRead, isTable, type Read, tryRead } from './reading.ts';
import { resultsOf } from './results.ts';

const LEDGER = 'drizzle.__drizzle_migrations';
const NAME = 'the ledger agrees with the folder';
const { passed, failed, notRun } = resultsOf('ledger');

/** The ledger's rows; undefined where the database has no ledger. */
export async function readLedger(transaction: postgres.TransactionSql): Promise<Read<LedgerRow[] | undefined>> {
  return await tryRead<LedgerRow[] | undefined>(transaction, async (savepoint) => {
    const table = await isTable(savepoint, 'drizzle', '__drizzle_migrations');
    if (table === undefined) return { value: undefined };
    if (!table) return { reason: `${LEDGER} is not a table` };
    const rows = await savepoint.unsafe<{ id: string; hash: string; created_at: string | null }[]>(
      `SELECT id::text, hash::text, created_at::text FROM ${LEDGER} ORDER BY id`,
    );
    const value = rows.map(({ id, hash, created_at }) => {
      return { id: Number(id), hash, createdAt: created_at === null ? null : Number(created_at) };
    });
    return { value };
  });
}

/** The plan that a migration run would make; undefined where there is no ledger to make it from. */
export function planOf(folder: MigrationFolder, ledger: Read<LedgerRow[] | undefined>): Plan | undefined {
  if (!isRead(ledger) || ledger.value === undefined) return undefined;
  return plan(folder.journal, folder.files, ledger.value);
}

/** Every disagreement of the two by its name, then what is pending. */
export function ledgerResults(ledger: Read<unknown>, planned: Plan | undefined): CheckResult[] {
  if (!isRead(ledger)) return [notRun(NAME, ledger.reason)];
  if (planned === undefined) {
    return [
      failed(
        NAME,
        'check the database in the URL; if it is the right one: pnpm migrate, or where the tables are there already, pnpm --filter db baseline',
        [{ what: LEDGER, expected: 'lists the migrations that were applied', actual: 'there is no such table' }],
      ),
    ];
  }
  const errors = planned.problems.filter(({ severity }) => severity === 'error');
  const warnings = planned.problems.filter(({ severity }) => severity === 'warning');
  const disagreements = errors.map(({ kind, file, message, expected = 'as in the folder', found, remedy }) =>
    failed(`${kind}: ${file}`, remedy, [{ what: `it ${message}`, expected, actual: found ?? message }]),
  );
  const pending = planned.pending.map(({ tag }) => ({ what: tag, expected: 'applied', actual: 'pending' }));
  if (pending.length > 0) disagreements.push(failed('every migration is applied', 'pnpm migrate', pending));
  if (disagreements.length > 0) return disagreements;
  return [
    passed(
      NAME,
      planned.applied.length,
      warnings.map(({ file, message }) => `${file} ${message}`),
    ),
  ];
}
