import type { Replacement, TextMutation } from './textMutations.ts';
import { closing, endBefore, listItems, type Token } from './tokens.ts';

const FUNCTIONS: Readonly<Record<string, string>> = {
  GREATEST: 'least',
  LEAST: 'greatest',
  OCTET_LENGTH: 'char_length',
  CHAR_LENGTH: 'octet_length',
  LENGTH: 'octet_length',
  LOWER: 'upper',
  UPPER: 'lower',
  MIN: 'max',
  MAX: 'min',
};

export const LITERAL_MUTATIONS: readonly TextMutation[] = [
  { name: 'number + 1', find: (tokens) => numbers(tokens, 1) },
  { name: 'number − 1', find: (tokens) => numbers(tokens, -1) },
  { name: 'text changed', find: texts },
  { name: 'number in a pattern + 1', find: patternNumbers },
  { name: 'list value removed', find: removedValues },
  { name: 'list value added', find: addedValues },
  { name: 'function swapped', find: swappedFunctions },
  { name: 'first argument alone', find: firstArguments },
];

/** Also a number that PostgreSQL writes as text, as in '5492189429760'::bigint. */
function numbers(tokens: readonly Token[], difference: number): Replacement[] {
  return tokens.flatMap(({ kind, text, start, end }): Replacement[] => {
    const bare = /^'?(\d+)'?$/.exec(text)?.[1];
    if (bare === undefined || (kind !== 'number' && kind !== 'string')) return [];
    const other = String(BigInt(bare) + BigInt(difference));
    return [{ from: start, to: end, by: text.startsWith("'") ? `'${other}'` : other }];
  });
}

const IN_NUMBERS = /^'-?\d+(\.\d+)?'$/;

function texts(tokens: readonly Token[]): Replacement[] {
  return tokens.flatMap(({ kind, text, start, end }, index): Replacement[] => {
    const isZone = tokens[index - 1]?.text === 'ZONE';
    if (kind !== 'string' || isZone || IN_NUMBERS.test(text) || !text.endsWith("'")) return [];
    return [{ from: start, to: end, by: `${text.slice(0, -1)}x'` }];
  });
}

/** A pattern is a text to the scanner: its numbers are the only thing that is looked for in one. */
function patternNumbers(tokens: readonly Token[]): Replacement[] {
  return tokens.flatMap(({ kind, text, start }, index): Replacement[] => {
    const isPattern = ['~', '~*', '!~', '!~*'].includes(tokens[index - 1]?.text ?? '');
    if (kind !== 'string' || !isPattern) return [];
    return [...text.matchAll(/(?<=[{,])\d+(?=[,}])/g)].map(({ 0: number, index: at }) => ({
      from: start + at,
      to: start + at + number.length,
      by: String(Number(number) + 1),
    }));
  });
}

function removedValues(tokens: readonly Token[]): Replacement[] {
  return lists(tokens).flatMap((items) => {
    if (items.length < 2) return [];
    return items.map(([first, last], n): Replacement => {
      const [from, to] = n === 0 ? [first, (items[1]?.[0] ?? 0) - 1] : [first - 1, last];
      return {
        from: tokens[from]?.start ?? 0,
        to: n === 0 ? (tokens[to]?.end ?? 0) : endBefore(tokens, last + 1),
        by: '',
      };
    });
  });
}

function addedValues(tokens: readonly Token[]): Replacement[] {
  return lists(tokens).flatMap((items): Replacement[] => {
    const last = items.at(-1);
    const [value] = tokens.slice(last?.[0], (last?.[0] ?? 0) + 1);
    if (last === undefined || value === undefined) return [];
    const at = endBefore(tokens, last[1] + 1);
    const other = value.kind === 'number' ? String(BigInt(value.text) + 1_000n) : "'x'";
    return [{ from: at, to: at, by: `, ${other}` }];
  });
}

/** The values of IN (…) and ARRAY[…], where each begins with a literal. */
function lists(tokens: readonly Token[]) {
  return tokens.flatMap(({ text }, index) => {
    const before = tokens[index - 1]?.text;
    if (!(text === '(' && before === 'IN') && !(text === '[' && before === 'ARRAY')) return [];
    const items = listItems(tokens, index);
    const isLiteral = ([first]: readonly [number, number]) => /^['\d]/.test(tokens[first]?.text ?? '');
    return items.every(isLiteral) ? [items] : [];
  });
}

function swappedFunctions(tokens: readonly Token[]): Replacement[] {
  return tokens.flatMap(({ text, start, end }, index): Replacement[] => {
    const other = tokens[index + 1]?.text === '(' ? FUNCTIONS[text] : undefined;
    return other === undefined ? [] : [{ from: start, to: end, by: other }];
  });
}

/** coalesce(a, b) → (a). */
function firstArguments(tokens: readonly Token[], sql: string): Replacement[] {
  return tokens.flatMap(({ text, start, end }, index): Replacement[] => {
    if (text !== 'COALESCE' || tokens[index + 1]?.text !== '(') return [];
    const [, second] = listItems(tokens, index + 1);
    const close = closing(tokens, index + 1);
    if (second === undefined) return [];
    const first = sql.slice(end, endBefore(tokens, second[0] - 1));
    return [{ from: start, to: endBefore(tokens, close), by: first }];
  });
}
