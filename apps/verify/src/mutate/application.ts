import { type Catalog, readCatalogWithin } from '@app/catalog';
import postgres from 'postgres';
import type { Scene } from '../check.ts';
import { rolledBack } from '../sql/attempt.ts';
import { identifier } from '../sql/statements.ts';
import type { Mutant } from './mutant.ts';

const NOT_ALLOWED = '42501';

/** Makes the mistake in that database, or says why the server refuses it. */
export async function refusalOf(mutant: Mutant, { sql, superuser }: Scene): Promise<string | undefined> {
  const apply = (by: postgres.Sql) => refusal(() => by.begin((transaction) => applyIn(transaction, mutant)));
  return await asOwnerElseSuperuser(
    () => apply(sql),
    () => apply(superuser),
  );
}

/** The catalog with the mistake in it, or why the server refuses it; taken back at once. */
export async function trialOf(
  mutant: Mutant,
  { superuser, url }: Scene,
  schemas: readonly string[],
): Promise<Catalog | string> {
  const owner = identifier(decodeURIComponent(new URL(url).username));
  return await rolledBack(superuser, async (transaction) => {
    const apply = (role: string) =>
      refusal(() =>
        transaction.savepoint(async (savepoint) => {
          await savepoint.unsafe(role);
          await applyIn(savepoint, mutant);
        }),
      );
    const refused = await asOwnerElseSuperuser(
      () => apply(`SET LOCAL ROLE ${owner}`),
      () => apply('RESET ROLE'),
    );
    if (refused !== undefined) return refused;
    await transaction.unsafe('RESET ROLE');
    return await readCatalogWithin(transaction, { schemas });
  });
}

async function applyIn(transaction: postgres.TransactionSql, { statements }: Mutant): Promise<void> {
  for (const statement of statements) await transaction.unsafe(statement);
}

async function asOwnerElseSuperuser(
  asOwner: () => Promise<postgres.PostgresError | undefined>,
  asSuperuser: () => Promise<postgres.PostgresError | undefined>,
): Promise<string | undefined> {
  const refused = await asOwner();
  const error = refused?.code === NOT_ALLOWED ? await asSuperuser() : refused;
  return error === undefined ? undefined : `${error.code}: ${error.message}`;
}

async function refusal(work: () => Promise<unknown>): Promise<postgres.PostgresError | undefined> {
  try {
    await work();
    return undefined;
  } catch (error) {
    if (error instanceof postgres.PostgresError) return error;
    throw error;
  }
}
