const TOKENS = /'(?:[^']|'')*'|"(?:[^"]|"")*"|[\p{L}_][\p{L}\p{N}_$]*|\s+|./gsu;
const AFTER_FROM = new Set(['WHERE', 'GROUP', 'HAVING', 'WINDOW', 'ORDER', 'LIMIT', 'OFFSET', 'FETCH', 'FOR']);
const IDENTIFIER = /^["\p{L}_]/u;

/**
 * PostgreSQL 16 and newer write `id` where 15 writes `uploads.id` in a view that reads one relation.
 * This takes the qualification out of 15's text, so that both versions describe such a view alike.
 */
export function unqualifySingleRelation(query: string): string {
  const tokens = query.match(TOKENS) ?? [];
  const relation = singleRelation(tokens);
  if (relation === undefined) return query;
  const kept = tokens.filter((token, index) => {
    const qualifier = token === '.' ? tokens[index - 1] : token;
    const start = token === '.' ? index - 1 : index;
    return !(qualifier === relation && qualifiesColumn(tokens, start));
  });
  return kept.join('');
}

/** The name that columns are qualified with, when the query is one SELECT from one plain relation. */
function singleRelation(tokens: readonly string[]): string | undefined {
  if (tokens.filter((token) => token === 'SELECT').length !== 1) return undefined;
  const from = tokens.indexOf('FROM');
  if (from === -1) return undefined;
  const rest = tokens.slice(from + 1);
  const end = rest.findIndex((token) => AFTER_FROM.has(token));
  const source = (end === -1 ? rest : rest.slice(0, end)).filter((token) => token.trim() !== '');
  const plain = source.every((token) => token === '.' || IDENTIFIER.test(token)) && !source.includes('JOIN');
  const schema = source[1] === '.' ? source[0] : undefined;
  const name = source.at(-1);
  return plain && name !== schema ? name : undefined;
}

/** `relation.column` at `start`: not a function in a schema of that name, not the end of a longer name. */
function qualifiesColumn(tokens: readonly string[], start: number): boolean {
  const [dot, column, next] = [tokens[start + 1], tokens[start + 2], tokens[start + 3]];
  return tokens[start - 1] !== '.' && dot === '.' && column !== undefined && IDENTIFIER.test(column) && next !== '(';
}
