import { answer, type Check, type Observation, rolledBack } from '@app/verifier';
import type postgres from 'postgres';
import { answerAs } from '../sql/asRole.ts';

/** A situation, and what a function must answer to calls in it. */
export interface TruthRow {
  /** The situation and the answer in a sentence. */
  readonly name: string;
  /** Statements that bring the situation about. */
  readonly given?: readonly string[];
  readonly calls: readonly { readonly call: string; readonly answers: string }[];
}

/** One check a row; each row begins from the same empty state and leaves nothing behind. */
export function truthTable(rows: readonly TruthRow[], fix: string, proves: readonly string[] = []): Check[] {
  return rows.map(({ name, given = [], calls }) => ({
    name,
    fix,
    proves,
    prove: ({ sql }) =>
      rolledBack(sql, async (transaction) => {
        for (const statement of given) await transaction.unsafe(statement);
        const observations: Observation[] = [];
        for (const { call, answers } of calls) {
          observations.push({ what: call, expected: answers, actual: await answer(transaction, `SELECT ${call}`) });
        }
        return observations;
      }),
  }));
}

const CLIENT_ROLES = ['anon', 'authenticated'] as const;

/** The function answers to service_role and is closed to everyone else, PUBLIC included. */
export function executeCheck(signature: string, call: string, fix: string): Check {
  const name = signature.replace(/\(.*/, '');
  return {
    name: `${name.replace('public.', '')} may be executed by service_role alone`,
    fix,
    // In part: what PUBLIC holds.
    prove: ({ sql }) =>
      rolledBack(sql, async (transaction) => {
        const observations: Observation[] = [];
        for (const role of CLIENT_ROLES) {
          const actual = await answerAs(transaction, role, `SELECT ${call}`);
          observations.push({ what: `${role} calls it`, expected: DENIED(name), actual });
        }
        const allowed = await answerAs(transaction, 'service_role', `SELECT ${call} IS NOT NULL`);
        observations.push({ what: 'service_role calls it', expected: 'true', actual: allowed });
        return [...observations, await publicPrivilege(transaction, signature)];
      }),
  };
}

const DENIED = (name: string) => `refused: 42501: permission denied for function ${name.replace('public.', '')}`;

/** A role with no grants of its own is not always at hand; what PUBLIC holds is in the function's ACL. */
async function publicPrivilege(transaction: postgres.TransactionSql, signature: string): Promise<Observation> {
  const query = `SELECT count(*) FROM pg_proc p, aclexplode(coalesce(p.proacl, acldefault('f', p.proowner))) a
    WHERE p.oid = '${signature}'::regprocedure AND a.grantee = 0`;
  return { what: 'privileges of PUBLIC', expected: '0', actual: await answer(transaction, query) };
}
