import type { TableObject } from '@app/catalog';
import type postgres from 'postgres';
import type { Observation } from '../check.ts';
import { literalsOf, wordsOf } from '../derive/model.ts';
import type { Project } from '../project.ts';
import { answer } from '../sql/attempt.ts';
import { insert, literal, type Row } from '../sql/statements.ts';

/** The smallest step between two values. */
const STEPS: Readonly<Record<string, string>> = {
  ...{ int2: '1', int4: '1', int8: '1', date: '1' },
  ...{ timestamp: `interval '1 microsecond'`, timestamptz: `interval '1 microsecond'` },
};

/** A partition gets what lies in its bound through its parent, and not what lies just beyond. */
export async function routing(
  transaction: postgres.TransactionSql,
  project: Project,
  { identity, partitionOf, partitionBound }: TableObject,
): Promise<Observation[]> {
  const parent = partitionOf === undefined ? undefined : project.model.get(partitionOf);
  if (parent === undefined || partitionBound === undefined) return [];
  const row = project.sampler.row(identity, 2);
  await project.sampler.layParents(transaction, parent.table.identity, row, 2);
  const lands = async (what: string, given: Row, isHere: boolean) => {
    const query = `${insert(parent.table.identity, given)} RETURNING CASE WHEN tableoid = ${literal(identity)}::regclass THEN 'here' ELSE 'elsewhere' END`;
    const found = await answer(transaction, query);
    return {
      what,
      expected: isHere ? 'here' : 'elsewhere',
      actual: found.startsWith('refused: 23514') ? 'elsewhere' : found,
    };
  };
  const within = await lands('where a row of its own goes through its parent', row, true);
  const names = new Set(parent.columns.map(({ name }) => name));
  const [key] = wordsOf((parent.table.partitionKey ?? '').replace(/^\s*\w+/, '')).filter((word) => names.has(word));
  const [, from = '', to = ''] = /^FOR VALUES FROM \((.*)\) TO \((.*)\)$/s.exec(partitionBound) ?? [];
  const [lower] = from.startsWith('MINVALUE') ? [] : literalsOf(from);
  const [upper] = to.startsWith('MAXVALUE') ? [] : literalsOf(to);
  const type = key === undefined ? undefined : project.facts.types.ofColumn(parent.table.identity, key);
  const step = STEPS[type?.base ?? ''];
  return [
    within,
    ...(key === undefined || lower === undefined
      ? []
      : [await lands('the lowest', { ...row, [key]: literal(lower) }, true)]),
    ...(key === undefined || upper === undefined
      ? []
      : [await lands('the first beyond', { ...row, [key]: literal(upper) }, false)]),
    ...(key === undefined || upper === undefined || step === undefined
      ? []
      : [await lands('the last', { ...row, [key]: `${literal(upper)}::${type?.sql} - ${step}` }, true)]),
    ...(key === undefined || lower === undefined || step === undefined
      ? []
      : [await lands('the last before it', { ...row, [key]: `${literal(lower)}::${type?.sql} - ${step}` }, false)]),
  ];
}
