const noTransaction = /^--[ \t]*migrate:[ \t]*no-transaction[ \t]*$/;
const anyMarker = /^[ \t]*--[ \t]*migrate:[^\n]*$/gm;

/** True where the file's first line reads `-- migrate: no-transaction`. */
export function isNoTransaction(text: string): boolean {
  return noTransaction.test(firstLine(text));
}

/** Marker comments that would be taken for a marker by a person and not by this package, each with its line from 1. */
export function strayMarkers(text: string): { marker: string; line: number }[] {
  const valid = isNoTransaction(text);
  return [...text.matchAll(anyMarker)]
    .map((match) => ({ marker: match[0].trim(), line: text.slice(0, match.index).split('\n').length }))
    .filter(({ line }) => !(valid && line === 1));
}

function firstLine(text: string): string {
  return (text.split('\n', 1)[0] ?? '').replace(/\r$/, '');
}
