import type { Replacement, TextMutation } from './textMutations.ts';
import { endBefore, indexOfWord, type Token } from './tokens.ts';

/** Where a clause ends: with what follows it in a statement, or what it stands in. */
const ENDS = new Set([
  ...['GROUP', 'ORDER', 'LIMIT', 'FOR', 'RETURNING', 'UNION', 'EXCEPT', 'INTERSECT', 'ON', 'WINDOW', 'HAVING'],
  ...['OFFSET', 'THEN', 'LOOP', ';', 'INTO'],
]);

export const CLAUSE_MUTATIONS: readonly TextMutation[] = [
  { name: 'WHERE dropped', find: (tokens) => dropped(tokens, ['WHERE'], ENDS) },
  { name: 'HAVING dropped', find: (tokens) => dropped(tokens, ['HAVING'], ENDS) },
  { name: 'ORDER BY dropped', find: (tokens) => dropped(tokens, ['ORDER', 'BY'], ENDS) },
  { name: 'LIMIT dropped', find: (tokens) => dropped(tokens, ['LIMIT'], ENDS) },
  { name: 'row lock dropped', find: rowLocks },
  { name: 'SKIP LOCKED dropped', find: (tokens) => words(tokens, ['SKIP', 'LOCKED'], '') },
  { name: 'time zone dropped', find: timeZones },
  { name: 'ON CONFLICT dropped', find: (tokens) => dropped(tokens, ['ON', 'CONFLICT'], new Set(['RETURNING', ';'])) },
  { name: 'DO UPDATE → DO NOTHING', find: doNothing },
  { name: 'UNION ↔ UNION ALL', find: unions },
  {
    name: 'DISTINCT dropped',
    find: (tokens) => words(tokens, ['DISTINCT'], '').filter(({ from }) => !isComparison(tokens, from)),
  },
  { name: 'outer join → inner join', find: (tokens) => words(tokens, ['LEFT', 'JOIN'], 'JOIN') },
  { name: 'EXCEPT → UNION', find: (tokens) => words(tokens, ['EXCEPT'], 'UNION') },
];

function startsWith(tokens: readonly Token[], index: number, wanted: readonly string[]): boolean {
  return wanted.every((word, n) => tokens[index + n]?.text === word);
}

function words(tokens: readonly Token[], wanted: readonly string[], by: string): Replacement[] {
  return tokens.flatMap(({ start }, index): Replacement[] =>
    startsWith(tokens, index, wanted) ? [{ from: start, to: endBefore(tokens, index + wanted.length), by }] : [],
  );
}

function dropped(tokens: readonly Token[], wanted: readonly string[], ends: ReadonlySet<string>): Replacement[] {
  return tokens.flatMap(({ start, depth }, index): Replacement[] => {
    if (!startsWith(tokens, index, wanted)) return [];
    const end = indexOfWord(tokens, index + wanted.length, depth, ends);
    return [{ from: start, to: endBefore(tokens, end), by: '' }];
  });
}

const LOCKS = new Set(['UPDATE', 'SHARE', 'NO', 'KEY']);

function rowLocks(tokens: readonly Token[]): Replacement[] {
  return tokens.flatMap(({ text, start, depth }, index): Replacement[] => {
    if (text !== 'FOR' || !LOCKS.has(tokens[index + 1]?.text ?? '')) return [];
    return [{ from: start, to: endBefore(tokens, indexOfWord(tokens, index, depth, new Set([';']))), by: '' }];
  });
}

/** Without it the day is the session's. */
function timeZones(tokens: readonly Token[]): Replacement[] {
  return tokens.flatMap(({ start }, index): Replacement[] => {
    if (!startsWith(tokens, index, ['AT', 'TIME', 'ZONE'])) return [];
    let end = index + 4;
    while (tokens[end]?.text === '::') end += 2;
    return [{ from: start, to: endBefore(tokens, end), by: '' }];
  });
}

function doNothing(tokens: readonly Token[]): Replacement[] {
  return tokens.flatMap(({ start, depth }, index): Replacement[] => {
    if (!startsWith(tokens, index, ['DO', 'UPDATE'])) return [];
    const end = indexOfWord(tokens, index, depth, new Set(['RETURNING', ';']));
    return [{ from: start, to: endBefore(tokens, end), by: 'DO NOTHING' }];
  });
}

function unions(tokens: readonly Token[]): Replacement[] {
  return tokens.flatMap(({ text, end }, index): Replacement[] => {
    if (text !== 'UNION') return [];
    const all = tokens[index + 1];
    return all?.text === 'ALL' ? [{ from: end, to: all.end, by: '' }] : [{ from: end, to: end, by: ' ALL' }];
  });
}

/** IS DISTINCT FROM. */
function isComparison(tokens: readonly Token[], from: number): boolean {
  const index = tokens.findIndex(({ start }) => start === from);
  return ['IS', 'NOT'].includes(tokens[index - 1]?.text ?? '');
}
