import { createSequence, words } from '../sqlText.ts';
import { addressOf, type CatalogQuery, type Found, IN_SCHEMAS, notOfExtension, type Row } from './query.ts';

type SequenceRow = Row<'sequence', 'options' | 'allOptions'> & {
  readonly cycle: boolean;
} & Readonly<Record<'type' | 'start' | 'increment' | 'minimum' | 'maximum' | 'cache', string>>;

const SEQUENCES = `
  SELECT c.oid, format('%I.%I', n.nspname, c.relname) AS identity, quote_ident(pg_get_userbyid(c.relowner)) AS owner,
    format_type(s.seqtypid, NULL) AS type, s.seqstart::text AS start, s.seqincrement::text AS increment,
    s.seqmin::text AS minimum, s.seqmax::text AS maximum, s.seqcache::text AS cache, s.seqcycle AS cycle,
    c.relpersistence = 'u' AS unlogged, d.owned_by AS "ownedBy", coalesce(d.is_identity, false) AS "isIdentity"
  FROM pg_sequence s JOIN pg_class c ON c.oid = s.seqrelid JOIN pg_namespace n ON n.oid = c.relnamespace
    LEFT JOIN LATERAL (
      SELECT format('%I.%I.%I', tn.nspname, t.relname, a.attname) AS owned_by, o.deptype = 'i' AS is_identity
      FROM pg_depend o JOIN pg_class t ON t.oid = o.refobjid JOIN pg_namespace tn ON tn.oid = t.relnamespace
        JOIN pg_attribute a ON a.attrelid = t.oid AND a.attnum = o.refobjsubid
      WHERE o.classid = 'pg_class'::regclass AND o.objid = c.oid AND o.refclassid = 'pg_class'::regclass
        AND o.deptype IN ('a', 'i') AND o.refobjsubid > 0 LIMIT 1) d ON true
  WHERE ${IN_SCHEMAS} AND ${notOfExtension('pg_class', 'c.oid')}`;

export async function readSequences(query: CatalogQuery): Promise<Found[]> {
  const rows = await query<SequenceRow>(SEQUENCES);
  return rows.map((found) => {
    const { oid, type, start, increment, minimum, maximum, cache, cycle, ...row } = found;
    const options = optionsOf(found);
    const allOptions = [
      ...[`AS ${type}`, `INCREMENT BY ${increment}`, `MINVALUE ${minimum}`, `MAXVALUE ${maximum}`],
      ...[`START WITH ${start}`, `CACHE ${cache}`, cycle ? 'CYCLE' : 'NO CYCLE'],
    ];
    const owned = row.ownedBy && `${row.isIdentity ? 'IDENTITY OF' : 'OWNED BY'} ${row.ownedBy}`;
    const definition = words(createSequence(row.unlogged), row.identity, options, owned);
    return {
      address: addressOf('pg_class', oid),
      object: { ...row, kind: 'sequence', options, allOptions, definition },
    };
  });
}

const MAXIMA: Readonly<Record<string, string>> = {
  smallint: '32767',
  integer: '2147483647',
  bigint: '9223372036854775807',
};

/** Only what differs from the defaults of CREATE SEQUENCE, which depend on the type and the direction. */
function optionsOf(row: SequenceRow): string {
  const descending = row.increment.startsWith('-');
  const limit = MAXIMA[row.type] ?? '';
  const minimum = descending ? `-${BigInt(limit || 0) + 1n}` : '1';
  const maximum = descending ? '-1' : limit;
  return words(
    row.type !== 'bigint' && `AS ${row.type}`,
    row.start !== (descending ? row.maximum : row.minimum) && `START WITH ${row.start}`,
    row.increment !== '1' && `INCREMENT BY ${row.increment}`,
    row.minimum !== minimum && `MINVALUE ${row.minimum}`,
    row.maximum !== maximum && `MAXVALUE ${row.maximum}`,
    row.cache !== '1' && `CACHE ${row.cache}`,
    row.cycle && 'CYCLE',
  );
}
