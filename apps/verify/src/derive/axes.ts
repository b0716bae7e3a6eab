import type { ColumnType } from './types.ts';

/** Values of a column in their order, by number: what lies between two of them can be searched. */
export interface Axis {
  readonly lowest: bigint;
  readonly highest: bigint;
  /** The number of a literal in a condition; undefined where it is none. */
  read(text: string): bigint | undefined;
  render(at: bigint): string;
}

/** The axes along which a condition on a column may have a bound. */
export function axesOf(type: ColumnType, sample = 'NULL'): Axis[] {
  const { base, length, precision, scale, element, sql } = type;
  const integer = INTEGERS[base];
  if (integer !== undefined) return [{ ...integer, read: whole, render: (at) => `'${at}'::${base}` }];
  switch (base) {
    case 'numeric':
      return [decimals(scale ?? 6, precision ?? 24)];
    case 'float4':
    case 'float8':
      return [decimals(3, 12)];
    case 'text':
    case 'varchar':
    case 'citext':
      // One byte a character, and two; and whatever the sample begins with.
      return [`'k'`, `U&'\\00E9'`, `left(${sample}, 1)`].map((character) =>
        repeated(length ?? LONGEST, (at) => `repeat(${character}, ${at})`),
      );
    case 'bytea':
      return [repeated(LONGEST, (at) => `decode(repeat('00', ${at}), 'hex')`)];
    case 'array':
      return element === undefined ? [] : [repeated(100, (at) => `array_fill(NULL::${element.sql}, ARRAY[${at}])`)];
    case 'date':
      return [instants(86_400_000n, (at) => `(date '1970-01-01' + ${at})`)];
    case 'timestamp':
    case 'timestamptz':
      return [instants(1n, (at) => `('1970-01-01T00:00:00Z'::${sql} + ${at} * interval '1 millisecond')`)];
    default:
      return [];
  }
}

const INTEGERS: Readonly<Record<string, Pick<Axis, 'lowest' | 'highest'>>> = {
  int2: { lowest: -32_768n, highest: 32_767n },
  int4: { lowest: -2_147_483_648n, highest: 2_147_483_647n },
  int8: { lowest: -9_223_372_036_854_775_808n, highest: 9_223_372_036_854_775_807n },
};

const LONGEST = 20_000;

function whole(text: string): bigint | undefined {
  return /^-?\d{1,19}$/.test(text) ? BigInt(text) : undefined;
}

function decimals(scale: number, precision: number): Axis {
  const highest = 10n ** BigInt(precision) - 1n;
  return {
    lowest: -highest,
    highest,
    read: (text) => {
      const [, sign, units, rest = ''] = /^(-?)(\d+)(?:\.(\d+))?$/.exec(text) ?? [];
      if (units === undefined) return undefined;
      return BigInt(`${sign}${units}${rest.padEnd(scale, '0').slice(0, scale)}`);
    },
    render: (at) => `(${at}::numeric / ${10n ** BigInt(scale)})`,
  };
}

function repeated(longest: number, render: (at: bigint) => string): Axis {
  return { lowest: 0n, highest: BigInt(longest), read: whole, render };
}

/** From the year 1 to 9999: `unit` is its length in milliseconds. */
function instants(unit: bigint, render: (at: bigint) => string): Axis {
  const at = (text: string) => {
    const time = Date.parse(
      /[Z+]|\d-\d\d$/.test(text.slice(10)) ? text.replace(' ', 'T') : `${text.replace(' ', 'T')}Z`,
    );
    return Number.isNaN(time) ? undefined : BigInt(time) / unit;
  };
  const read = (text: string) =>
    /^\d{4}-\d\d-\d\d/.test(text) ? at(text.length === 10 ? `${text}T00:00:00` : text) : undefined;
  return { lowest: -62_135_596_800_000n / unit, highest: 253_402_300_799_000n / unit, read, render };
}
