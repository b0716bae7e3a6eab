/** What a caller may put in the way of PostgreSQL's own: by name and arguments, what gives the same answer. */
const SHADOWED: Readonly<Record<string, readonly [parameters: string, result: string, answer: string]>> = {
  now: ['', 'timestamptz', 'pg_catalog.now()'],
  gen_random_uuid: ['', 'uuid', 'pg_catalog.gen_random_uuid()'],
  pg_backend_pid: ['', 'int', 'pg_catalog.pg_backend_pid()'],
  format: ['text, text', 'text', 'pg_catalog.format($1, $2)'],
  to_char: ['timestamp, text', 'text', 'pg_catalog.to_char($1, $2)'],
  same_text: ['text, text', 'boolean', '$1 OPERATOR(pg_catalog.=) $2'],
  same_uuid: ['uuid, uuid', 'boolean', '$1 OPERATOR(pg_catalog.=) $2'],
  same_day: ['date, date', 'boolean', '$1 OPERATOR(pg_catalog.=) $2'],
};

const OPERATORS = Object.entries({ same_text: 'text', same_uuid: 'uuid', same_day: 'date' });

/** Called from within a function, each raises: whose names are resolved by its caller's search_path. */
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
  ...OPERATORS.map(
    ([name, type]) =>
      `CREATE OPERATOR hostile.= (FUNCTION = hostile.${name}, LEFTARG = ${type}, RIGHTARG = ${type}, COMMUTATOR = OPERATOR(hostile.=), MERGES, HASHES)`,
  ),
  'GRANT USAGE ON SCHEMA hostile TO PUBLIC',
  'SET LOCAL search_path = hostile, pg_catalog',
];
