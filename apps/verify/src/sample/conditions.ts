import type { Facts } from '../derive/facts.ts';
import type { TableModel } from '../derive/model.ts';
import { wordsOf } from '../derive/model.ts';
import { identifier } from '../sql/statements.ts';

/** Something that a row must not make false. */
export interface Condition {
  /** Of the CHECK; of a domain's there is none. */
  readonly name: string | undefined;
  readonly expression: string;
  /** Raw names, of the table's columns that are not generated. */
  readonly columns: readonly string[];
}

/** Every CHECK of a table, and those of its columns' domains. */
export function conditionsOf(model: TableModel, facts: Facts): Condition[] {
  const { table, columns, constraints } = model;
  const given = new Set(columns.filter(({ generated }) => generated === undefined).map(({ name }) => name));
  const checks = constraints.flatMap(({ type, identity, name }) => {
    const expression = facts.conditions.get(identity);
    if (type !== 'check' || expression === undefined) return [];
    return [{ name, expression, columns: throughGenerated(model, expression).filter((column) => given.has(column)) }];
  });
  const domains = columns.flatMap(({ name }) =>
    facts.types.ofColumn(table.identity, name).domainChecks.map((check) => ({
      name: undefined,
      expression: ofValue(check.expression, identifier(name)),
      columns: [name],
    })),
  );
  return [...checks, ...domains];
}

/** The columns that an expression reads, and those that its generated columns are made of. */
function throughGenerated({ columns }: TableModel, expression: string): string[] {
  const words = new Set(wordsOf(expression));
  return columns
    .filter(({ name }) => words.has(name))
    .flatMap(({ name, generated, default: value }) => (generated === undefined ? [name] : wordsOf(value ?? '')));
}

/** A domain's condition with something in the place of VALUE. */
export function ofValue(condition: string, value: string): string {
  return condition.replace(/'(?:[^']|'')*'|"(?:[^"]|"")*"|\bVALUE\b/g, (token) => (token === 'VALUE' ? value : token));
}
