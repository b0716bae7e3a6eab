import type postgres from 'postgres';

/** What SQL says of each query's one value, as text; null for NULL and for a query that ends in an error. */
export type Ask = (queries: readonly string[]) => Promise<(string | null)[]>;

const FUNCTION = `
  CREATE FUNCTION pg_temp.verify_answers(queries text[]) RETURNS text[] LANGUAGE plpgsql AS $$
  DECLARE query text; answer text; answers text[] := '{}'; BEGIN
    FOREACH query IN ARRAY queries LOOP
      BEGIN EXECUTE query INTO answer; EXCEPTION WHEN OTHERS THEN answer := NULL; END;
      answers := answers || answer;
    END LOOP;
    RETURN answers; END $$`;

/** Asks many queries in one round trip, each in a subtransaction of its own. For a transaction that is rolled back. */
export async function asker(transaction: postgres.TransactionSql): Promise<Ask> {
  await transaction.unsafe(FUNCTION);
  return async (queries) => {
    if (queries.length === 0) return [];
    const [row] = await transaction.unsafe<{ answers: (string | null)[] }[]>(
      'SELECT to_jsonb(pg_temp.verify_answers(ARRAY(SELECT jsonb_array_elements_text($1::text::jsonb)))) AS answers',
      [JSON.stringify(queries)],
    );
    return row?.answers ?? [];
  };
}
