// Control and format characters, lone surrogates, and what XML cannot hold.
const INVISIBLE = /[\p{Cc}\p{Cf}\p{Cs}\ufffe\uffff]/gu;

/** Names and messages come from the database: what would steer a terminal or turn a line round is written as its code. Lines stay lines. */
export function visible(text: string): string {
  return text.replace(INVISIBLE, (character) =>
    character === '\n' ? character : `\\u${(character.codePointAt(0) ?? 0).toString(16).padStart(4, '0')}`,
  );
}
