import type postgres from 'postgres';
import type { CheckResult } from '../check.ts';

/** What a project wants to be looked at in a live database. */
export interface LiveCheck {
  /** Reads alone, in a read-only transaction with timeouts and an empty search_path. */
  inspect(transaction: postgres.TransactionSql, onProgress: (text: string) => void): Promise<CheckResult>;
  /** What is said where the database could not be read at all. */
  notRun(reason: string): CheckResult;
}
