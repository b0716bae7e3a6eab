import type { ColumnType } from '../derive/types.ts';
import { literal } from '../sql/statements.ts';

/** A value as SQL text, from the SQL text of a number: two of different numbers differ. */
export type Expression = (n: string) => string;

/** Ways to make values of a type, the plainest first; none for a type that nobody taught us. */
export function familiesOf(type: ColumnType): Expression[] {
  return (FAMILIES[type.base]?.(type) ?? []).map((family) => (n) => `(${family(`(${n})`)})::${type.sql}`);
}

const INTEGERS = (limit: number): Expression[] => [
  (n) => `${n} % ${limit}`,
  (n) => `1 + ${n} % 100`,
  (n) => `1 + ${n} % 5`,
  (n) => `-1 - ${n} % ${limit}`,
  (n) => `${n} % ${limit} + 1`,
];

const FRACTIONS = ({ precision, scale = 0 }: ColumnType): Expression[] => {
  const limit = precision === undefined ? 1e9 : 10 ** Math.min(precision, 9);
  const small = 10 ** Math.max(scale, 2);
  return [
    (n) => `(${n} % ${limit})::numeric / ${10 ** scale}`,
    (n) => `1 + ${n} % 5`,
    (n) => `(1 + ${n} % ${small - 1})::numeric / ${small}`,
    (n) => `-(${n} % ${limit})::numeric / ${10 ** scale}`,
  ];
};

const LETTERS = (n: string) => `translate(right('000000' || ${n}, 6), '0123456789', 'abcdefghij')`;

const TEXTS = ({ length }: ColumnType): Expression[] => {
  const families: Expression[] = [
    (n) => `'proof ' || ${n}`,
    (n) => `'proof-' || ${n}`,
    (n) => `'Proof ' || ${n}`,
    (n) => `'proof' || ${n} || '@example.org'`,
    (n) => `'https://example.org/' || ${n}`,
    (n) => `'/proof/' || ${n}`,
    (n) => `'proof_' || ${n}`,
    (n) => LETTERS(n),
    (n) => `upper(${LETTERS(n)})`,
    (n) => `${n}::text`,
    (n) => `'#' || lpad(to_hex(${n} % 16777216), 6, '0')`,
    (n) => `'+1' || lpad(${n}::text, 10, '0')`,
    ...[5, 4, 3, 2].flatMap((size): Expression[] => [
      (n) => `right(${LETTERS(n)}, ${size})`,
      (n) => `upper(right(${LETTERS(n)}, ${size}))`,
    ]),
  ];
  if (length === undefined || length > 40) return families;
  // The end of a number is what tells its neighbours apart.
  return families.map((family) => (n) => `right(${family(n)}, ${length})`);
};

const INSTANTS = (start: string): Expression[] => [
  (n) => `${start} + ${n} * interval '1 minute'`,
  (n) => `${start} + ${n} * interval '1 minute' + interval '1 second'`,
  (n) => `${start} + ${n} * interval '1 minute' + interval '1 day'`,
  (n) => `${start} - ${n} * interval '1 minute'`,
  (n) => `now()::timestamp + ${n} * interval '1 minute'`,
];

const JSON_VALUES: Expression[] = [(n) => `jsonb_build_object('proof', ${n})`, (n) => `jsonb_build_array(${n})`];
const FLOATS: Expression[] = [(n) => `${n}`, (n) => `1 + ${n} % 5`, (n) => `(1 + ${n} % 99) / 100.0`, (n) => `-${n}`];

const FAMILIES: Readonly<Record<string, (type: ColumnType) => Expression[]>> = {
  int2: () => INTEGERS(32_000),
  int4: () => INTEGERS(2_000_000_000),
  int8: () => INTEGERS(2_000_000_000),
  oid: () => [(n) => n],
  numeric: FRACTIONS,
  money: () => [(n) => n],
  float4: () => FLOATS,
  float8: () => FLOATS,
  text: TEXTS,
  citext: TEXTS,
  varchar: TEXTS,
  bpchar: TEXTS,
  name: TEXTS,
  bool: () => [(n) => `${n} % 2 = 0`, () => 'true', () => 'false'],
  date: () => [
    (n) => `date '2024-01-01' + (${n} % 20000)`,
    (n) => `date '2024-01-02' + (${n} % 20000)`,
    (n) => `date '2024-01-01' - (${n} % 20000)`,
  ],
  timestamp: () => INSTANTS(`timestamp '2024-01-01'`),
  timestamptz: () => INSTANTS(`timestamptz '2024-01-01T00:00:00Z'`),
  time: () => [(n) => `time '00:00' + ${n} * interval '1 second'`],
  timetz: () => [(n) => `(time '00:00' + ${n} * interval '1 second')::timetz`],
  interval: () => [(n) => `${n} * interval '1 second'`],
  uuid: () => [(n) => `md5('proof ' || ${n})`],
  json: () => JSON_VALUES,
  jsonb: () => JSON_VALUES,
  bytea: () => [(n) => `decode(lpad(to_hex(${n}), 8, '0'), 'hex')`],
  inet: () => [(n) => `inet '10.0.0.0' + ${n}`],
  cidr: () => [(n) => `inet '10.0.0.0' + ${n}`],
  macaddr: () => [(n) => `lpad(to_hex(${n}), 12, '0')`],
  bit: ({ length = 1 }) => [(n) => `${n}::bit(${length})`],
  varbit: ({ length = 32 }) => [(n) => `${n}::bit(${Math.min(length, 32)})`],
  tsvector: () => [(n) => `to_tsvector('simple', 'proof ' || ${n})`],
  point: () => [(n) => `point(${n}, ${n})`],
  enum: ({ labels, sql }) => [
    (n) => `(ARRAY[${labels.map(literal).join(', ')}]::${sql}[])[1 + ${n} % ${labels.length}]`,
    ...labels.map((label) => () => literal(label)),
  ],
  array: ({ element }) => (element === undefined ? [] : familiesOf(element).map((one) => (n) => `ARRAY[${one(n)}]`)),
  range: ({ element, sql }) =>
    (element === undefined ? [] : familiesOf(element)).map(
      (one) => (n) => `${sql}(${one(`${n} * 10`)}, ${one(`${n} * 10 + 5`)})`,
    ),
};
