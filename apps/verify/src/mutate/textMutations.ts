import { CLAUSE_MUTATIONS } from './clauses.ts';
import { CONDITION_MUTATIONS } from './conditions.ts';
import { LITERAL_MUTATIONS } from './literals.ts';
import { type Token, tokensOf } from './tokens.ts';

/** A stretch of the text that gives way to another. */
export interface Replacement {
  readonly from: number;
  readonly to: number;
  readonly by: string;
}

/** Mistakes of one kind in SQL or PL/pgSQL text; some are no SQL any more, which the server finds out. */
export interface TextMutation {
  readonly name: string;
  find(tokens: readonly Token[], text: string): readonly Replacement[];
}

/** What may be mistaken in any expression or statement. */
export const TEXT_MUTATIONS: readonly TextMutation[] = [
  ...CONDITION_MUTATIONS,
  ...LITERAL_MUTATIONS,
  ...CLAUSE_MUTATIONS,
];

export interface MutatedText {
  /** The place, and what became of it. */
  readonly what: string;
  readonly text: string;
}

/** The text with one mistake each. */
export function mutated(text: string, { find }: TextMutation): MutatedText[] {
  return find(tokensOf(text), text).map((replacement) => ({
    what: describe(text, replacement),
    text: text.slice(0, replacement.from) + replacement.by + text.slice(replacement.to),
  }));
}

const SHOWN = 60;

function describe(text: string, { from, to, by }: Replacement): string {
  const line = text.slice(0, from).split('\n').length;
  const was = text.slice(from, to).replace(/\s+/g, ' ').trim();
  const place = text.includes('\n') ? `line ${line}: ` : '';
  const around = was === '' ? `before "${shorten(text.slice(from).trim())}" ` : `${shorten(was)} `;
  const column = from - text.lastIndexOf('\n', from - 1);
  return `${place}${around}→ ${by.trim() === '' ? 'nothing' : shorten(by.replace(/\s+/g, ' ').trim())} (at ${column})`;
}

function shorten(text: string): string {
  return text.length <= SHOWN ? text : `${text.slice(0, SHOWN - 1)}…`;
}
