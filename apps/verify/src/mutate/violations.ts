import { type Catalog, type ConstraintObject, objectKey, objectsOfKind } from '@app/catalog';
import type { Project } from '../project.ts';
import { insert, type Row } from '../sql/statements.ts';
import type { Surroundings } from './mutant.ts';

type Known = Pick<Project, 'sampler' | 'checkCases' | 'config'>;

/** Far from the rows that proofs insert. */
const NTH = 777;

/** Rows that break a CHECK or a foreign key, past every trigger: as superuser. */
export function violations(known: Known, catalog: Catalog): Surroundings['violate'] {
  const constraints = new Map(objectsOfKind(catalog, 'constraint').map((one) => [objectKey(one), one]));
  return (key) => {
    const constraint = constraints.get(key);
    const row = constraint && violation(known, constraint);
    if (constraint === undefined || row === undefined) return undefined;
    const inserted = insert(constraint.table, row);
    return `SET LOCAL session_replication_role = replica; ${inserted}; SET LOCAL session_replication_role = origin`;
  };
}

function violation({ sampler, checkCases, config }: Known, constraint: ConstraintObject): Row | undefined {
  const { table, type, name, identity } = constraint;
  if (type !== 'check' && type !== 'foreign key') return undefined;
  const row = sampler.row(table, NTH);
  if (type === 'foreign key') return row;
  const found = checkCases.get(identity) ?? [];
  const refused = found instanceof Error ? undefined : found.find(({ admitted }) => !admitted)?.change;
  const change = config.examples?.[name]?.refused[0] ?? refused;
  return change && { ...row, ...change };
}
