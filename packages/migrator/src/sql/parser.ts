import type { Node, RawStmt } from 'libpg-query';

/** One statement of a file, as PostgreSQL's own parser separates it. */
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

const BREAKPOINT = '--> statement-breakpoint';

/** The parser needs some forty times a text's size, of at most 2 GB of memory, and a second for each megabyte. */
const LONGEST_TEXT = 16_000_000;

/**
 * Splits a file into statements. A file that does not parse as a whole, or has a statement that continues past a breakpoint,
 * is split at its breakpoints first, as drizzle does. The parser (1.7 MB of WebAssembly) is loaded at the first call.
 * Throws SqlSyntaxError, with the line, for what PostgreSQL's grammar does not allow.
 */
export async function parseStatements(text: string): Promise<Statement[]> {
  loading ??= load();
  const parser = await loading;
  let whole: Statement[] | undefined;
  try {
    whole = parse(parser, text);
    if (!whole.some(({ sql }) => sql.includes(BREAKPOINT))) return whole;
    return parsePieces(parser, text);
  } catch (error) {
    // Here the breakpoint is a comment in a function's body.
    if (whole) return whole;
    if (!(error instanceof SqlSyntaxError) || !text.includes(BREAKPOINT)) throw error;
    if (text.length > LONGEST_TEXT) return parsePieces(parser, text);
    try {
      return parsePieces(parser, text);
    } catch {
      throw error;
    }
  }
}

let loading: Promise<Parser> | undefined;

async function load(): Promise<Parser> {
  const module = await import('libpg-query');
  await module.loadModule();
  return module;
}

function parsePieces(parser: Parser, text: string): Statement[] {
  const statements: Statement[] = [];
  let [offset, lines] = [0, 0];
  for (const piece of text.split(BREAKPOINT)) {
    for (const it of parse(parser, piece, lines))
      statements.push({ ...it, number: statements.length + 1, offset: it.offset + offset });
    offset += piece.length + BREAKPOINT.length;
    lines += piece.split('\n').length - 1;
  }
  return statements;
}

type Parser = typeof import('libpg-query');

function parse(parser: Parser, text: string, linesBefore = 0): Statement[] {
  if (text.trim() === '') return [];
  if (text.length > LONGEST_TEXT) {
    const megabytes = Math.round(text.length / 1_000_000);
    const way = 'split the file, or put --> statement-breakpoint between its statements';
    throw new SqlSyntaxError(`${megabytes} MB are too long for the SQL parser: ${way}`, linesBefore + 1, undefined);
  }
  try {
    const found = locate(text, parser.parseSync(text).stmts ?? []);
    return linesBefore === 0 ? found : found.map((it) => ({ ...it, line: it.line + linesBefore }));
  } catch (error) {
    if (!parser.hasSqlDetails(error)) throw error;
    const position = error.sqlDetails?.cursorPosition ?? 0;
    const before = [...text].slice(0, position).join('');
    throw new SqlSyntaxError(error.message, linesBefore + lineAt(text, before.length), error);
  }
}

/** The parser counts bytes of UTF-8, and JavaScript units of UTF-16: each part of the file is converted once. */
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
