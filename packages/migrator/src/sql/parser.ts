import type { Node, RawStmt } from 'libpg-query';

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
  if (text.trim() === '') return [];
  const parser = await import('libpg-query');
  await parser.loadModule();
  try {
    return locate(text, parser.parseSync(text).stmts ?? []);
  } catch (error) {
    if (!parser.hasSqlDetails(error)) throw error;
    const position = error.sqlDetails?.cursorPosition ?? 0;
    const before = [...text].slice(0, position).join('');
    throw new SqlSyntaxError(error.message, lineAt(text, before.length), error);
  }
}

/** The parser counts in bytes of UTF-8, JavaScript in UTF-16: each stretch of the file is converted once. */
function locate(text: string, stmts: readonly RawStmt[]): Statement[] {
  const bytes = Buffer.from(text, 'utf8');
  const statements: Statement[] = [];
  let [atByte, offset, line] = [0, 0, 1];
  for (const { stmt, stmt_location: start = 0, stmt_len: length } of stmts) {
    if (!stmt) continue;
    const skipped = bytes.toString('utf8', atByte, start);
    atByte = start;
    offset += skipped.length;
    line += skipped.split('\n').length - 1;
    const sql = bytes.toString('utf8', start, length ? start + length : bytes.length).trimEnd();
    statements.push({ number: statements.length + 1, sql, offset, line, node: stmt });
  }
  return statements;
}

/** Line of an offset, from 1. */
export function lineAt(text: string, offset: number): number {
  return text.slice(0, offset).split('\n').length;
}
