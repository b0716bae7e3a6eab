import { isUtf8 } from 'node:buffer';
import { createHash } from 'node:crypto';
import { MigratorError } from '../errors.ts';

const BYTE_ORDER_MARK = '\uFEFF';

/**
 * The text of an SQL file, without a byte order mark. `fault` names the first byte that is not UTF-8, or NUL. The text then
 * has U+FFFD for each wrong byte, as drizzle would read it.
 */
export function readSql(bytes: Buffer): { text: string; fault?: string } {
  const decoded = bytes.toString('utf8');
  const text = decoded.startsWith(BYTE_ORDER_MARK) ? decoded.slice(1) : decoded;
  if (decoded.includes('\uFFFD') && !isUtf8(bytes))
    return { text, fault: `the byte at offset ${firstWrongByte(bytes, decoded)} is not UTF-8` };
  return decoded.includes('\0') ? { text, fault: `the byte at offset ${bytes.indexOf(0)} is NUL` } : { text };
}

/**
 * Decodes an SQL file strictly.
 * @param name of the file, for the message
 * @returns its text without a byte order mark
 * @throws {MigratorError} FOLDER_UNREADABLE, with the offset, for bytes that are not UTF-8 and for NUL
 */
export function decodeSql(bytes: Buffer, name: string): string {
  const { text, fault } = readSql(bytes);
  if (fault !== undefined) throw new MigratorError('FOLDER_UNREADABLE', `${name}: ${fault}. Save it as UTF-8.`);
  return text;
}

/** sha256 in hexadecimal. */
export function sha256(data: string | Buffer): string {
  return createHash('sha256').update(data).digest('hex');
}

/** True where `recorded` is the hash of the text with any line ends, with or without a byte order mark. */
export function isHashOf(recorded: string, { hash, text }: { hash: string; text: string }): boolean {
  if (recorded === hash) return true;
  const unix = text.replaceAll('\r\n', '\n');
  return [unix, unix.replaceAll('\n', '\r\n')].some((it) =>
    [it, BYTE_ORDER_MARK + it].some((variant) => sha256(variant) === recorded),
  );
}

/** The text before the first wrong byte is decoded exactly, so that its length in bytes is the offset. */
function firstWrongByte(bytes: Buffer, decoded: string): number {
  for (const { index } of decoded.matchAll(/\uFFFD/g)) {
    const offset = Buffer.byteLength(decoded.slice(0, index));
    if (bytes.toString('latin1', offset, offset + 3) !== '\xEF\xBF\xBD') return offset;
  }
  return bytes.length;
}

const NO_TRANSACTION = /^--[ \t]*migrate:[ \t]*no-transaction[ \t]*\r?(?:\n|$)/;

/** True where the file's first line reads `-- migrate: no-transaction`. */
export function isNoTransaction(text: string): boolean {
  return NO_TRANSACTION.test(text);
}

/** Comments that look like a marker and are none, each with its line from 1. */
export function strayMarkers(text: string): { marker: string; line: number }[] {
  const valid = isNoTransaction(text);
  return [...text.matchAll(/^[ \t]*--[ \t]*migrate:[^\n]*$/gm)]
    .map((match) => ({ marker: match[0].trim(), line: text.slice(0, match.index).split('\n').length }))
    .filter(({ line }) => !(valid && line === 1));
}
