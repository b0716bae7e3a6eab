import { objectsOfKind } from '@app/catalog';
import { ofValue } from '../sample/conditions.ts';
import { familiesOf } from '../sample/values.ts';
import { ACCEPTED, refused } from '../sql/attempt.ts';
import { casesOf } from './boundaries.ts';
import type { Known } from './checkCases.ts';
import type { Found } from './keyRules.ts';
import type { TableModel } from './model.ts';
import type { ColumnType } from './types.ts';

/** A value, and what becomes of it in the domain. */
export interface DomainRule {
  readonly what: string;
  readonly value: string;
  readonly expected: string;
}

const VALUE = 'value';

/** By a domain's identity: values just outside each of its conditions, and just inside. */
export async function findDomainRules(known: Known): Promise<Map<string, Found<readonly DomainRule[]>>> {
  const found = new Map<string, Found<readonly DomainRule[]>>();
  for (const { identity, type } of objectsOfKind({ objects: known.made }, 'type')) {
    const facts = known.facts.types.named(identity);
    if (type !== 'domain' || facts === undefined) continue;
    const rules = await rulesOf(known, facts).catch((error: unknown) =>
      error instanceof Error ? error : new Error(String(error)),
    );
    found.set(identity, rules);
  }
  return found;
}

async function rulesOf({ ask }: Known, type: ColumnType): Promise<DomainRule[]> {
  const base: ColumnType = { ...type, sql: type.underlying, domainChecks: [] };
  const conditions = type.domainChecks.map(({ name, expression }) => {
    return { name, expression: ofValue(expression, VALUE), columns: [VALUE] };
  });
  const sample = { [VALUE]: familiesOf(base)[0]?.('7') ?? 'NULL' };
  const search = { model: TABLE, types: { ofColumn: () => base, named: () => undefined }, ask, sample };
  const rules: DomainRule[] = [
    { what: 'NULL', value: 'NULL', expected: type.refusesNull ? refused('23502') : ACCEPTED },
  ];
  for (const condition of conditions) {
    const others = conditions.filter((other) => other !== condition);
    for (const { change, admitted } of await casesOf({ ...search, condition, others })) {
      const value = change[VALUE] ?? 'NULL';
      if (value !== 'NULL')
        rules.push({ what: value, value, expected: admitted ? ACCEPTED : refused('23514', condition.name) });
    }
  }
  if (conditions.length === 0) rules.push({ what: 'a value', value: sample[VALUE] ?? 'NULL', expected: ACCEPTED });
  return rules;
}

/** A domain is searched as a table of one column would be. */
const TABLE = {
  table: { identity: 'domain' },
  columns: [{ name: VALUE, notNull: false, generated: undefined, default: undefined }],
  constraints: [],
  indexes: [],
} as unknown as TableModel;
