/** A row to insert: SQL expressions by unquoted column name. */
export type Row = Readonly<Record<string, string>>;

/** An INSERT that may also set identity columns. `table` is SQL text, such as `public.uploads`. */
export function insert(table: string, row: Row): string {
  if (Object.keys(row).length === 0) return `INSERT INTO ${table} DEFAULT VALUES`;
  const columns = Object.keys(row).map(identifier).join(', ');
  return `INSERT INTO ${table} (${columns}) OVERRIDING SYSTEM VALUE VALUES (${Object.values(row).join(', ')})`;
}

/** The row without one column. */
export function without(row: Row, column: string): Row {
  return Object.fromEntries(Object.entries(row).filter(([name]) => name !== column));
}

export function identifier(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}

export function literal(text: string): string {
  return `'${text.replaceAll("'", "''")}'`;
}
