-- One object at least of everything that an operator changes, beside what the library has.
CREATE SCHEMA mutable;
SET search_path = mutable;
CREATE TYPE size AS ENUM ('small', 'large');
CREATE DOMAIN percentage AS integer DEFAULT 0 NOT NULL CONSTRAINT in_range CHECK (VALUE BETWEEN 0 AND 100);
CREATE SEQUENCE numbers INCREMENT BY 3;
CREATE TABLE things (
  id integer PRIMARY KEY DEFAULT nextval('numbers'),
  size size NOT NULL,
  share percentage,
  word varchar(10) CHECK (length(word) > 1 AND word NOT IN ('a', 'b')),
  stamped timestamptz DEFAULT now(),
  twice integer GENERATED ALWAYS AS (coalesce(share, 0) * 2) STORED,
  during tstzrange,
  EXCLUDE USING gist (during WITH &&)
) WITH (fillfactor = 80);
CREATE UNIQUE INDEX things_word ON things (lower(word) DESC, id) WHERE size = 'large';
CREATE INDEX things_pattern ON things (word text_pattern_ops);
CREATE TABLE parts (thing integer REFERENCES things ON DELETE SET NULL, day date NOT NULL) PARTITION BY RANGE (day);
CREATE TABLE parts_2024 PARTITION OF parts FOR VALUES FROM ('2024-01-01') TO ('2025-01-01');
CREATE VIEW large WITH (security_barrier = true) AS
  SELECT size, count(*) FROM things WHERE share > 5 GROUP BY size HAVING max(id) > 1 ORDER BY size LIMIT 5;
CREATE MATERIALIZED VIEW totals AS SELECT DISTINCT word FROM things UNION SELECT 'none' EXCEPT SELECT 'some';
CREATE FUNCTION stamp() RETURNS trigger LANGUAGE plpgsql SET search_path = '' AS $$
BEGIN
  IF NEW.word IS NULL AND NOT FOUND THEN
    RAISE EXCEPTION 'a word';
  ELSIF NEW.id > 5 OR false THEN
    PERFORM FROM mutable.things AS t WHERE t.id = NEW.id ORDER BY t.id FOR UPDATE SKIP LOCKED;
  END IF;
  INSERT INTO mutable.things AS t (id, size) VALUES (greatest(NEW.id + 1, 7), 'small')
    ON CONFLICT (id) DO UPDATE SET stamped = (now() AT TIME ZONE 'UTC')::date;
  RETURN NEW;
END $$;
CREATE FUNCTION twice(n integer DEFAULT 5) RETURNS integer LANGUAGE sql STRICT IMMUTABLE AS 'SELECT n * 2';
CREATE TRIGGER stamp BEFORE INSERT OR UPDATE OF word ON things FOR EACH ROW WHEN (NEW.id > 1) EXECUTE FUNCTION stamp();
CREATE RULE none AS ON DELETE TO parts_2024 DO INSTEAD NOTHING;
ALTER TABLE things ENABLE ROW LEVEL SECURITY;
CREATE POLICY own ON things AS RESTRICTIVE FOR ALL TO PUBLIC USING (share > 1) WITH CHECK (share > 2);
GRANT SELECT ON things TO anon;
REVOKE USAGE ON TYPE size FROM PUBLIC;
CREATE TABLE mutable.codes (code text CONSTRAINT codes_code_check CHECK (code ~ '^[A-Z]{2,6}$'));
