import type { TableModel } from '../derive/model.ts';
import type { TypeFacts } from '../derive/types.ts';
import { identifier, type Row } from '../sql/statements.ts';

/** A query that gives an expression's value for a row of the table, without the table. */
export function overRow(model: TableModel, types: TypeFacts, row: Row, expression: string): string {
  const columns = model.columns
    .filter(({ generated }) => generated === undefined)
    .map(({ name, default: fallback }) => {
      const value = row[name] ?? (Object.hasOwn(row, name) ? 'NULL' : (fallback ?? 'NULL'));
      return `(${value})::${types.ofColumn(model.table.identity, name).sql} AS ${identifier(name)}`;
    });
  const generated = model.columns.flatMap(({ name, generated: kind, default: value }) =>
    kind === undefined ? [] : [`, (${value}) AS ${identifier(name)}`],
  );
  return `SELECT (${expression})::text FROM (SELECT *${generated.join('')} FROM (SELECT ${columns.join(', ')}) AS given) AS one`;
}
