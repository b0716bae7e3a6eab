import type { Node } from 'libpg-query';

/** One statement of a file, as PostgreSQL's own parser cuts it. */
export interface Statement {
  /** From 1. */
  number: number;
  sql: string;
  /** Offset of `sql` in the file, in UTF-16 units. */
  offset: number;
  /** Line on which it begins, from 1. */
  line: number;
  node: Node;
}

export class SqlSyntaxError extends Error {
  override readonly name = 'SqlSyntaxError';
  readonly line: number;
  constructor(message: string, line: number, cause: unknown) {
    super(message, { cause });
    this.line = line;
  }
}

/**
 * Cuts a file into statements. The parser (1.7 MB of WebAssembly) is loaded at the first call.
 * Throws SqlSyntaxError, with the line, for what PostgreSQL's grammar does not allow.
 */
export async function parseStatements(text: string): Promise<Statement[]> {
  const parser = await import('libpg-query');
  await parser.loadModule();
  const bytes = Buffer.from(text, 'utf8');
  let statements: ReturnType<typeof parser.parseSync>['stmts'];
  try {
    statements = parser.parseSync(text).stmts;
  } catch (error) {
    if (!parser.hasSqlDetails(error)) throw error;
    const position = error.sqlDetails?.cursorPosition ?? 0;
    throw new SqlSyntaxError(
      error.message,
      lineAt([...text].slice(0, position).join(''), Number.POSITIVE_INFINITY),
      error,
    );
  }
  return (statements ?? []).flatMap(({ stmt, stmt_location: start = 0, stmt_len: length }, index) => {
    if (!stmt) return [];
    const offset = bytes.subarray(0, start).toString('utf8').length;
    const sql = bytes
      .subarray(start, length ? start + length : undefined)
      .toString('utf8')
      .trimEnd();
    return [{ number: index + 1, sql, offset, line: lineAt(text, offset), node: stmt }];
  });
}

/** Line of an offset, from 1. */
export function lineAt(text: string, offset: number): number {
  let line = 1;
  for (let at = text.indexOf('\n'); at >= 0 && at < offset; at = text.indexOf('\n', at + 1)) line++;
  return line;
}
