/** Functions of PostgreSQL that the caller's schema shadows, by name. Each returns the same value as the original. */
const SHADOWED: Readonly<Record<string, readonly [parameters: string, result: string, answer: string]>> = {
  now: ['', 'timestamptz', 'pg_catalog.now()'],
  gen_random_uuid: ['', 'uuid', 'pg_catalog.gen_random_uuid()'],
  pg_backend_pid: ['', 'int', 'pg_catalog.pg_backend_pid()'],
  format: ['text, text', 'text', 'pg_catalog.format($1, $2)'],
  to_char: ['timestamp, text', 'text', 'pg_catalog.to_char($1, $2)'],
  char_length: ['text', 'int', 'pg_catalog.char_length($1)'],
  octet_length: ['text', 'int', 'pg_catalog.octet_length($1)'],
  strpos: ['text, text', 'int', 'pg_catalog.strpos($1, $2)'],
  same_text: ['text, text', 'boolean', '$1 OPERATOR(pg_catalog.=) $2'],
  same_uuid: ['uuid, uuid', 'boolean', '$1 OPERATOR(pg_catalog.=) $2'],
  same_day: ['date, date', 'boolean', '$1 OPERATOR(pg_catalog.=) $2'],
  same_number: ['int, int', 'boolean', '$1 OPERATOR(pg_catalog.=) $2'],
  at_most: ['int, int', 'boolean', '$1 OPERATOR(pg_catalog.<=) $2'],
  at_least: ['int, int', 'boolean', '$1 OPERATOR(pg_catalog.>=) $2'],
  like_pattern: ['text, text', 'boolean', '$1 OPERATOR(pg_catalog.~) $2'],
};

const JOINED = 'COMMUTATOR = OPERATOR(hostile.=), MERGES, HASHES';

const OPERATORS: readonly (readonly [operator: string, name: string, type: string, more?: string])[] = [
  ['=', 'same_text', 'text', JOINED],
  ['=', 'same_uuid', 'uuid', JOINED],
  ['=', 'same_day', 'date', JOINED],
  ['=', 'same_number', 'int'],
  ['<=', 'at_most', 'int'],
  ['>=', 'at_least', 'int'],
  ['~', 'like_pattern', 'text'],
];

/** A shadowing function raises when a PL/pgSQL function calls it: that function would resolve names by its caller's search_path. */
export const HOSTILE_CALLER: readonly string[] = [
  'CREATE SCHEMA hostile',
  ...Object.entries(SHADOWED).map(
    ([name, [parameters, result, answer]]) => `CREATE FUNCTION hostile.${name}(${parameters}) RETURNS ${result}
      LANGUAGE plpgsql SET search_path = '' AS $$ DECLARE context text; BEGIN
        GET DIAGNOSTICS context = PG_CONTEXT;
        IF pg_catalog.strpos(pg_catalog.substr(context, 10), 'PL/pgSQL function') OPERATOR(pg_catalog.>) 0
          THEN RAISE EXCEPTION 'the caller''s ${name} was called'; END IF;
        RETURN ${answer}; END $$`,
  ),
  ...OPERATORS.map(([operator, name, type, more]) => {
    const options = [`FUNCTION = hostile.${name}`, `LEFTARG = ${type}`, `RIGHTARG = ${type}`, ...(more ? [more] : [])];
    return `CREATE OPERATOR hostile.${operator} (${options.join(', ')})`;
  }),
  'GRANT USAGE ON SCHEMA hostile TO PUBLIC',
  'SET LOCAL search_path = hostile, pg_catalog',
];
