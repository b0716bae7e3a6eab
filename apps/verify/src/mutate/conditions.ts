import type { Replacement, TextMutation } from './textMutations.ts';
import { endBefore, indexOfWord, type Token } from './tokens.ts';

const SWAPS: Readonly<Record<string, string>> = {
  '<': '<=',
  '<=': '<',
  '>': '>=',
  '>=': '>',
  '=': '<>',
  '<>': '=',
  '!=': '=',
  '~': '!~',
  '&&': '@>',
  '@>': '&&',
};
const ARITHMETIC: Readonly<Record<string, string>> = { '+': '-', '-': '+', '*': '+', '/': '*', '||': '+' };
const LOGIC: Readonly<Record<string, string>> = { AND: 'OR', OR: 'AND' };
const TRUTH: Readonly<Record<string, string>> = { TRUE: 'false', FALSE: 'true' };

export const CONDITION_MUTATIONS: readonly TextMutation[] = [
  { name: 'comparison swapped', find: (tokens) => swaps(tokens, SWAPS) },
  { name: 'arithmetic swapped', find: (tokens) => swaps(tokens, ARITHMETIC) },
  { name: 'AND ↔ OR', find: (tokens) => swaps(tokens, LOGIC) },
  { name: 'true ↔ false', find: (tokens) => swaps(tokens, TRUTH) },
  { name: 'negation', find: negations },
  { name: 'condition dropped', find: droppedConditions },
  { name: 'branch negated', find: negatedBranches },
];

function swaps(tokens: readonly Token[], by: Readonly<Record<string, string>>): Replacement[] {
  return tokens.flatMap(({ text, kind, start, end }, index): Replacement[] => {
    const swapped = by[text];
    if (swapped === undefined || kind === 'string' || isRange(tokens, index)) return [];
    return [{ from: start, to: end, by: swapped }];
  });
}

/** The AND of BETWEEN. */
function isRange(tokens: readonly Token[], index: number): boolean {
  const [and] = tokens.slice(index, index + 1);
  if (and?.text !== 'AND') return false;
  for (let at = index - 1; at >= 0; at -= 1) {
    const { text = '', depth = 0 } = tokens[at] ?? {};
    if (depth < and.depth || (depth === and.depth && (text === 'AND' || text === 'OR'))) return false;
    if (depth === and.depth && text === 'BETWEEN') return true;
  }
  return false;
}

function negations(tokens: readonly Token[]): Replacement[] {
  return tokens.flatMap(({ text, start, end }, index): Replacement[] => {
    const before = tokens[index - 1]?.text;
    if (text === 'NOT') return [{ from: start, to: end, by: '' }];
    if (text === 'EXISTS' && before !== 'NOT') return [{ from: start, to: start, by: 'NOT ' }];
    if (text === 'NULL' && before === 'IS') return [{ from: start, to: start, by: 'NOT ' }];
    if (text === 'IN' && before !== 'NOT') return [{ from: start, to: start, by: 'NOT ' }];
    return [];
  });
}

const OPENS = new Set(['AND', 'OR', 'WHERE', 'ON', 'IF', 'ELSIF', 'WHEN', 'RETURN', ':=', 'HAVING']);
const ENDS = new Set([
  ...['AND', 'OR', 'THEN', ';', 'GROUP', 'ORDER', 'LIMIT', 'FOR', 'RETURNING', 'UNION', 'EXCEPT', 'INTERSECT'],
  ...['JOIN', 'LEFT', 'CROSS', 'WHERE', 'HAVING', 'ELSE', 'END', 'LOOP', ',', 'DO'],
]);

/** Each side of an AND or OR is left out. */
function droppedConditions(tokens: readonly Token[]): Replacement[] {
  return tokens.flatMap((token, index): Replacement[] => {
    if ((token.text !== 'AND' && token.text !== 'OR') || isRange(tokens, index)) return [];
    const right = indexOfCondition(tokens, index + 1, token.depth);
    const left = beginningOf(tokens, index);
    return [
      { from: token.start, to: endBefore(tokens, right), by: '' },
      ...(left === undefined ? [] : [{ from: left, to: token.end, by: '' }]),
    ];
  });
}

function indexOfCondition(tokens: readonly Token[], from: number, depth: number): number {
  const end = indexOfWord(tokens, from, depth, ENDS);
  return isRange(tokens, end) ? indexOfCondition(tokens, end + 1, depth) : end;
}

function beginningOf(tokens: readonly Token[], index: number): number | undefined {
  const depth = tokens[index]?.depth ?? 0;
  for (let at = index - 1; at >= -1; at -= 1) {
    const token = tokens[at];
    const opens = token === undefined || token.depth < depth || (token.depth === depth && OPENS.has(token.text));
    if (opens && !isRange(tokens, at)) return tokens[at + 1]?.start;
  }
  return undefined;
}

function negatedBranches(tokens: readonly Token[], sql: string): Replacement[] {
  return tokens.flatMap(({ text, depth, end }, index): Replacement[] => {
    if ((text !== 'IF' && text !== 'ELSIF') || tokens[index - 1]?.text === 'END') return [];
    const then = indexOfWord(tokens, index, depth, new Set(['THEN']));
    const to = endBefore(tokens, then);
    return then === tokens.length ? [] : [{ from: end, to, by: ` NOT coalesce((${sql.slice(end, to)}), false)` }];
  });
}
