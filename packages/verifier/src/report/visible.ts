// Control and format characters, lone surrogates, and characters that XML forbids.
const INVISIBLE = /[\p{Cc}\p{Cf}\p{Cs}\ufffe\uffff]/gu;

/**
 * Replaces invisible characters by their code, except line breaks. Names and messages come from the database, and could
 * contain escape sequences of a terminal or characters that reverse a line.
 */
export function visible(text: string): string {
  return text.replace(INVISIBLE, (character) =>
    character === '\n' ? character : `\\u${(character.codePointAt(0) ?? 0).toString(16).padStart(4, '0')}`,
  );
}
