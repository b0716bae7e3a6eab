import { loadModule, type ScanToken, scanSync } from 'libpg-query';

await loadModule();

/** A token of SQL or PL/pgSQL text, found by PostgreSQL's own scanner; comments are none. */
export interface Token {
  readonly kind: 'word' | 'number' | 'string' | 'operator';
  /** In capitals where it is a word. */
  readonly text: string;
  /** Offsets in the text, `end` after the last character. */
  readonly start: number;
  readonly end: number;
  /** How many parentheses and brackets are open before it, and still after its closing one. */
  readonly depth: number;
}

const NUMBERS = ['ICONST', 'FCONST'];
const STRINGS = ['SCONST', 'USCONST', 'XCONST', 'BCONST'];

/** @throws SqlError for text that is no SQL, such as an open quote */
export function tokensOf(text: string): Token[] {
  if (text.trim() === '') return [];
  const offset = offsetsIn(text);
  let depth = 0;
  return scanSync(text).tokens.flatMap((token): Token[] => {
    if (token.tokenName.endsWith('_COMMENT')) return [];
    if (token.text === ')' || token.text === ']') depth -= 1;
    const found = { ...describe(token), start: offset(token.start), end: offset(token.end), depth };
    if (token.text === '(' || token.text === '[') depth += 1;
    return [found];
  });
}

function describe({ tokenName, text, keywordKind }: ScanToken): Pick<Token, 'kind' | 'text'> {
  if (NUMBERS.includes(tokenName)) return { kind: 'number', text };
  if (STRINGS.includes(tokenName)) return { kind: 'string', text };
  const isWord = tokenName === 'IDENT' || keywordKind > 0;
  return isWord ? { kind: 'word', text: text.toUpperCase() } : { kind: 'operator', text };
}

/** The scanner counts bytes of UTF-8. */
function offsetsIn(text: string): (byte: number) => number {
  const bytes = Buffer.from(text);
  if (bytes.length === text.length) return (byte) => byte;
  return (byte) => bytes.subarray(0, byte).toString().length;
}

/** The first token from `from` on, at most `depth` deep, that is one of the words; the number of tokens where none is. */
export function indexOfWord(tokens: readonly Token[], from: number, depth: number, words: ReadonlySet<string>): number {
  const found = tokens.findIndex(
    (token, index) => index >= from && (token.depth < depth || (token.depth === depth && words.has(token.text))),
  );
  return found === -1 ? tokens.length : found;
}

/** Where the token before this one ends. */
export function endBefore(tokens: readonly Token[], index: number): number {
  return tokens[index - 1]?.end ?? 0;
}

/** The index of the parenthesis or bracket that closes the one at `open`. */
export function closing(tokens: readonly Token[], open: number): number {
  const depth = tokens[open]?.depth;
  return tokens.findIndex((token, index) => index > open && token.depth === depth);
}

/** What stands between the commas of the parentheses or brackets that open at `open`, as ranges of tokens. */
export function listItems(tokens: readonly Token[], open: number): (readonly [first: number, last: number])[] {
  const [end, depth] = [closing(tokens, open), (tokens[open]?.depth ?? 0) + 1];
  const commas = tokens.flatMap(({ text, depth: at }, index) =>
    index > open && index < end && text === ',' && at === depth ? [index] : [],
  );
  const starts = [open, ...commas];
  return starts.map((start, n) => [start + 1, (commas[n] ?? end) - 1] as const);
}
