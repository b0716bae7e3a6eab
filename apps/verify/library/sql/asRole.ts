import { answer, identifier } from '@app/verifier';
import type postgres from 'postgres';

/** `answer`, asked as another role. */
export async function answerAs(transaction: postgres.TransactionSql, role: string, query: string): Promise<string> {
  await transaction.unsafe(`SET LOCAL ROLE ${identifier(role)}`);
  const given = await answer(transaction, query);
  await transaction.unsafe('RESET ROLE');
  return given;
}
