import fc from 'fast-check';
import { OBJECT_KEY_MAX_BYTES, OBJECT_MAX_BYTES, TITLE_MAX_CHARACTERS } from '../../../src/schema/index.ts';

/** Characters of one to four bytes, decomposed, invisible, right-to-left; one of two UTF-16 code units. */
const UNITS = [
  'a',
  '/',
  'é',
  'e\u0301',
  '€',
  '한',
  '\u1112\u1161\u11ab',
  '𝄞',
  '\u202e',
  '\u2066',
  '\u200d',
  'ﬁ',
  '\u0345',
];

/** Text around the limit of `size` bytes or characters. */
const around = (size: number, sizeOf: (text: string) => number): fc.Arbitrary<string> =>
  fc
    .tuple(fc.constantFrom(...UNITS), fc.constantFrom(...UNITS), fc.integer({ min: -3, max: 3 }))
    .map(([unit, last, off]) => {
      let text = unit.repeat(Math.max(0, Math.floor((size - 8) / sizeOf(unit))));
      while (sizeOf(text) < size + off - sizeOf(last)) text += 'a';
      return text + last;
    });

const inBytes = (text: string) => Buffer.byteLength(text);
const inCharacters = (text: string) => [...text].length;

/** Text with a character that is not allowed. */
const spoilt: fc.Arbitrary<string> = fc
  .tuple(
    fc.string({ maxLength: 20 }),
    fc.constantFrom(
      '\0',
      '\ud800',
      '\udfff',
      'e\u0301',
      '\u212b',
      '\uffff',
      '\u{10ffff}',
      '\n',
      '\\',
      "'",
      '"',
      '',
      ' ',
    ),
    fc.string({ maxLength: 20, unit: 'grapheme' }),
  )
  .map(([before, bad, after]) => before + bad + after);

const anyText: fc.Arbitrary<string> = fc.oneof(
  fc.string({ maxLength: 40, unit: 'grapheme' }),
  fc.string({ maxLength: 40, unit: 'binary' }),
  fc.array(fc.constantFrom(...UNITS), { maxLength: 12 }).map((units) => units.join('')),
  spoilt,
);

export const key: fc.Arbitrary<string> = fc.oneof(anyText, around(OBJECT_KEY_MAX_BYTES, inBytes));

export const title: fc.Arbitrary<string> = fc.oneof(
  anyText,
  around(TITLE_MAX_CHARACTERS, inCharacters),
  around(TITLE_MAX_CHARACTERS, (text) => text.length),
);

const name = fc.oneof(
  fc.string({ maxLength: 6, unit: fc.constantFrom(...'aZ09!#$&^_.+-*;= é/\n'.split('')) }),
  fc.constantFrom(126, 127, 128).map((length) => 'x'.repeat(length)),
);
export const mediaType: fc.Arbitrary<string> = fc.oneof(
  fc.tuple(name, name).map(([type, subtype]) => `${type}/${subtype}`),
  fc.constantFrom(
    'audio/mpeg',
    'AUDIO/MPEG',
    'audio',
    '/',
    'a/b/c',
    'text/plain; charset=utf-8',
    ' a/b',
    'a/b\n',
    'a/b\0',
  ),
);

const numberAround = (...centres: number[]): fc.Arbitrary<number> =>
  fc.tuple(fc.constantFrom(...centres), fc.integer({ min: -2, max: 2 })).map(([centre, off]) => centre + off);

export const size: fc.Arbitrary<number> = fc.oneof(
  numberAround(0, OBJECT_MAX_BYTES, 2 ** 31, 2 ** 53, -(2 ** 53), 2 ** 63),
  fc.integer({ min: 1, max: OBJECT_MAX_BYTES }),
  fc.constantFrom(Number.NaN, Infinity, -Infinity, -0, 0.5, 1.5, 1e21, 5e-324, Number.MAX_VALUE),
);

export const int32: fc.Arbitrary<number> = fc.oneof(
  numberAround(0, 2 ** 31, -(2 ** 31), 2 ** 53),
  fc.integer(),
  fc.constantFrom(Number.NaN, Infinity, 0.5, 1e21),
);

/** Times in JSON: texts of `toISOString`, and others. */
export const time: fc.Arbitrary<string> = fc.oneof(
  fc.date({ noInvalidDate: true }).map((date) => date.toISOString()),
  fc
    .tuple(
      fc.constantFrom(
        '0000-01-01T00:00:00.000Z',
        '0001-01-01T00:00:00.000Z',
        '9999-12-31T23:59:59.999Z',
        '1970-01-01T00:00:00.000Z',
      ),
      fc.integer({ min: -2, max: 2 }),
    )
    .map(([text, off]) => new Date(Date.parse(text) + off).toISOString()),
  fc.constantFrom(
    'infinity',
    '-infinity',
    'Invalid Date',
    '',
    '2026-02-29T00:00:00Z',
    '2024-02-29T23:59:59.123456Z',
    '2026-13-01T00:00:00Z',
  ),
);

export const uuid: fc.Arbitrary<string> = fc.oneof(
  fc.uuid(),
  fc.uuid().map((id) => id.toUpperCase()),
  fc.constantFrom(
    ...['00000000-0000-0000-0000-000000000000', 'ffffffff-ffff-ffff-ffff-ffffffffffff', '', 'x'],
    ...[
      '00000000-0000-0000-0000-00000000000',
      '00000000-0000-0000-0000-0000000000000',
      'g0000000-0000-0000-0000-000000000000',
    ],
  ),
);
