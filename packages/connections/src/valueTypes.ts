import type { Sql } from 'postgres';
import { parse } from 'postgres-array';

/** date, time, timestamp, timestamptz. */
const TIMES = [1082, 1083, 1114, 1184];
/** json, jsonb. */
const DOCUMENTS = [114, 3802];
/** The arrays of date, timestamp, timestamptz and numeric, which Drizzle reads as text over postgres.js. */
const TEXT_ARRAYS = new Set([1182, 1115, 1185, 1231]);

/**
 * The common array types of every server (pg_type), by the type of their elements. The driver can read them from the catalog,
 * with a query for each new connection. Arrays of enums, domains and types of extensions are not among these.
 */
const ARRAYS: Readonly<Record<number, number>> = {
  ...{ 16: 1000, 17: 1001, 18: 1002, 19: 1003, 20: 1016, 21: 1005, 23: 1007, 25: 1009, 26: 1028, 700: 1021, 701: 1022 },
  ...{ 1042: 1014, 1043: 1015, 1700: 1231, 2950: 2951, 114: 199, 3802: 3807, 650: 651, 869: 1041, 829: 1040 },
  ...{ 1082: 1182, 1083: 1183, 1114: 1115, 1184: 1185, 1266: 1270, 1186: 1187 },
  ...{ 3904: 3905, 3906: 3907, 3908: 3909, 3910: 3911, 3912: 3913, 3926: 3927 },
};

type Serialize = (value: unknown) => unknown;

/**
 * Sets how a driver reads and sends values, as Drizzle does over postgres.js: times are text and JSON is sent as text, since
 * the columns of a table convert them; arrays are arrays.
 */
export function setValueTypes({ options: { parsers, serializers } }: Sql): void {
  const identity = (value: unknown) => value;
  for (const type of TIMES) delete parsers[type];
  for (const type of [...TIMES, ...DOCUMENTS]) serializers[type] = identity;
  for (const [element, array] of Object.entries(ARRAYS)) {
    const read = parsers[Number(element)] ?? identity;
    if (!TEXT_ARRAYS.has(array)) parsers[array] = (text: string) => parse(text, read);
    const write: Serialize = serializers[Number(element)] ?? identity;
    serializers[array] = (value: unknown) => (Array.isArray(value) ? arrayText(value, write) : value);
  }
}

/** PostgreSQL's text of an array. */
function arrayText(values: readonly unknown[], write: Serialize): string {
  const elements = values.map((value) => {
    if (value === null) return 'NULL';
    if (value === undefined) throw new TypeError('an array must not contain undefined');
    if (Array.isArray(value)) return arrayText(value, write);
    return `"${String(write(value)).replace(/["\\]/g, '\\$&')}"`;
  });
  return `{${elements.join(',')}}`;
}
