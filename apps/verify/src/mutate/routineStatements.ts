import type { Replacement, TextMutation } from './textMutations.ts';
import { indexOfWord, type Token } from './tokens.ts';

/** Each statement of a PL/pgSQL body is left out; an IF with all that is in it. */
export const STATEMENT_MUTATION: TextMutation = { name: 'statement removed', find: removedStatements };

const STARTS_AFTER = new Set(['BEGIN', 'THEN', 'ELSE', 'LOOP', ';']);
/** What holds or ends other statements. */
const NO_STATEMENTS = new Set([
  ...['END', 'ELSE', 'ELSIF', 'ELSEIF', 'FOR', 'WHILE', 'LOOP', 'CASE', 'BEGIN', 'DECLARE', 'EXCEPTION', 'WHEN'],
  'NULL',
]);

function removedStatements(tokens: readonly Token[]): Replacement[] {
  const begin = tokens.findIndex(({ text }) => text === 'BEGIN');
  if (begin === -1) return [];
  const expressions = caseExpressions(tokens);
  return tokens.flatMap(({ text, start }, index): Replacement[] => {
    const before = tokens[index - 1];
    const starts = index > begin && STARTS_AFTER.has(before?.text ?? '') && !expressions.has(index - 1);
    if (!starts || NO_STATEMENTS.has(text)) return [];
    const end =
      text === 'IF' ? endOfIf(tokens, index) : indexOfWord(tokens, index, tokens[index]?.depth ?? 0, new Set([';']));
    const semicolon = tokens[end];
    return semicolon === undefined ? [] : [{ from: start, to: semicolon.end, by: 'NULL;' }];
  });
}

/** Indexes of the words THEN and ELSE that belong to CASE … END. */
function caseExpressions(tokens: readonly Token[]): Set<number> {
  const found = new Set<number>();
  let open = 0;
  for (const [index, { text }] of tokens.entries()) {
    const endsCase = text === 'END' && !['IF', 'LOOP', ';'].includes(tokens[index + 1]?.text ?? '');
    if (text === 'CASE' && tokens[index - 1]?.text !== 'END') open += 1;
    else if (open > 0 && (endsCase || (text === 'END' && tokens[index + 1]?.text === ';'))) open -= 1;
    else if (open > 0 && (text === 'THEN' || text === 'ELSE')) found.add(index);
  }
  return found;
}

/** The semicolon of the END IF. */
function endOfIf(tokens: readonly Token[], from: number): number {
  let open = 0;
  for (let index = from; index < tokens.length; index += 1) {
    if (tokens[index]?.text !== 'IF') continue;
    open += tokens[index - 1]?.text === 'END' ? -1 : 1;
    if (open === 0) return index + 1;
  }
  return tokens.length;
}
