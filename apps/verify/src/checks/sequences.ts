import { objectKey, type SequenceObject } from '@app/catalog';
import type { Check, Subject } from '../check.ts';
import type { SequenceFacts } from '../derive/facts.ts';
import { shortName } from '../derive/names.ts';
import { madeOfKind, type Project } from '../project.ts';
import { ACCEPTED, answer, attempt, refused, rolledBack, settle } from '../sql/attempt.ts';
import { literal } from '../sql/statements.ts';

/** Each begins where it should, steps as it should, ends where it should, and takes no more numbers than it should. */
export function sequencesSubject(project: Project): Subject {
  return {
    name: 'sequences',
    startsFrom: 'migrated',
    database: 'shared',
    checks: madeOfKind(project, 'sequence').flatMap((sequence) => {
      const facts = project.facts.sequences.get(sequence.identity);
      return facts === undefined ? [] : [sequenceCheck(sequence, facts)];
    }),
  };
}

function sequenceCheck(sequence: SequenceObject, facts: SequenceFacts): Check {
  const { identity, ownedBy, definition } = sequence;
  const name = literal(identity);
  const [start, increment] = [BigInt(facts.start), BigInt(facts.increment)];
  const last = increment > 0n ? facts.maximum : facts.minimum;
  const first = increment > 0n ? facts.minimum : facts.maximum;
  const taken = start + (BigInt(facts.cache) - 1n) * increment;
  return {
    name: shortName(identity),
    fix: `restore it by a migration: ${definition}`,
    proves: [objectKey(sequence)],
    // Started anew in the transaction, so that the numbers that it gives are taken back with it.
    prove: ({ superuser }) =>
      rolledBack(superuser, async (transaction) => {
        await transaction.unsafe(`ALTER SEQUENCE ${identity} RESTART`);
        const next = () => answer(transaction, `SELECT nextval(${name})`);
        const set = (value: string) => attempt(transaction, `SELECT setval(${name}, ${value})`);
        const [ahead, back] = increment > 0n ? [1, -1] : [-1, 1];
        const beyond = (end: string, step: number) => set(`((${end})::numeric + ${step})::bigint`);
        const observations = [
          { what: 'the first number', expected: facts.start, actual: await next() },
          {
            what: 'the last number that the session has taken by then',
            expected: String(within(taken, facts)),
            actual: await answer(transaction, `SELECT last_value FROM ${identity}`),
          },
          { what: 'the second', expected: second(start + increment, facts), actual: await next() },
          { what: 'the last', expected: ACCEPTED, actual: await set(last) },
          { what: 'one beyond it', expected: refused('22003'), actual: await beyond(last, ahead) },
          { what: 'the least', expected: ACCEPTED, actual: await set(first) },
          { what: 'one before it', expected: refused('22003'), actual: await beyond(first, back) },
        ];
        await settle(transaction, `SELECT setval(${name}, ${last})`);
        const ended = await next();
        return [
          ...observations,
          {
            what: 'after the last',
            expected: facts.cycle ? first : 'none',
            actual: ended.startsWith(refused('2200H')) ? 'none' : ended,
          },
          { what: 'whose it is', expected: ownedBy ?? 'null', actual: await owner(transaction, identity) },
        ];
      }),
  };
}

function within(number: bigint, { maximum, minimum }: SequenceFacts): bigint {
  const [least, most] = [BigInt(minimum), BigInt(maximum)];
  return number > most ? most : number < least ? least : number;
}

function second(next: bigint, { maximum, minimum }: SequenceFacts): string {
  if (next > BigInt(maximum) || next < BigInt(minimum)) return 'none';
  return String(next);
}

const OWNER = `SELECT format('%I.%I.%I', n.nspname, c.relname, a.attname)
  FROM pg_depend d JOIN pg_class c ON c.oid = d.refobjid JOIN pg_namespace n ON n.oid = c.relnamespace
    JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum = d.refobjsubid
  WHERE d.classid = 'pg_class'::regclass AND d.deptype IN ('a', 'i') AND d.refobjsubid > 0 AND d.objid = `;

function owner(transaction: Parameters<typeof answer>[0], identity: string): Promise<string> {
  return answer(transaction, `${OWNER}${literal(identity)}::regclass`);
}
