-- Roles belong to the cluster: the tests create reader, writer and "Odd ""Role""" first.
CREATE SCHEMA "Odd Schema" AUTHORIZATION writer;
CREATE SCHEMA shop;
GRANT USAGE ON SCHEMA shop TO reader;

CREATE EXTENSION citext WITH SCHEMA shop;
CREATE TYPE shop.state AS ENUM ('new', 'on hold', 'it''s done');
CREATE DOMAIN shop.email AS text COLLATE "C" DEFAULT 'nobody@example.org' NOT NULL CONSTRAINT email_has_at CHECK (VALUE LIKE '%@%');
CREATE DOMAIN shop.short AS text;
ALTER DOMAIN shop.short ADD CONSTRAINT short_length CHECK (length(VALUE) < 10) NOT VALID;
CREATE TYPE shop.address AS (street text, city text COLLATE "C", tags text[]);
CREATE TYPE shop.float_range AS RANGE (subtype = float8, subtype_diff = float8mi);
REVOKE USAGE ON TYPE shop.state FROM PUBLIC;
GRANT USAGE ON TYPE shop.state TO reader WITH GRANT OPTION;

CREATE SEQUENCE shop.ticket AS integer START 1000 INCREMENT 5 MAXVALUE 90000 CACHE 3 CYCLE;
CREATE SEQUENCE shop.countdown INCREMENT -1;
GRANT SELECT, USAGE ON SEQUENCE shop.ticket TO reader;

CREATE FUNCTION shop.cents(amount numeric) RETURNS bigint LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
  RETURN (amount * 100)::bigint;

CREATE TABLE shop.customers (
  id bigint GENERATED ALWAYS AS IDENTITY (START WITH 10 INCREMENT BY 2),
  tenant uuid NOT NULL DEFAULT gen_random_uuid(),
  mail shop.email,
  state shop.state DEFAULT 'on hold' NOT NULL,
  "full Name" text COLLATE "C",
  address shop.address,
  born timestamptz DEFAULT '2001-02-03 04:05:06+02',
  patience interval DEFAULT '1 day 02:03:04',
  lower_name text GENERATED ALWAYS AS (lower("full Name")) STORED,
  balance numeric(10,2) DEFAULT 0,
  cents bigint GENERATED ALWAYS AS (shop.cents(balance)) STORED,
  note text,
  nick shop.citext,
  dropped int,
  PRIMARY KEY (tenant, id),
  CONSTRAINT "customers odd, name" UNIQUE NULLS NOT DISTINCT (mail, state),
  CONSTRAINT balance_sane CHECK (balance >= 0 AND balance < 1e6)
) WITH (fillfactor = 70, autovacuum_vacuum_scale_factor = 0.05);
ALTER TABLE shop.customers DROP COLUMN dropped;
ALTER TABLE shop.customers ALTER COLUMN note SET STORAGE EXTERNAL, ALTER COLUMN note SET (n_distinct = 5);
ALTER TABLE shop.customers ADD CONSTRAINT note_short CHECK (length(note) < 100) NOT VALID;
CREATE UNIQUE INDEX customers_mail_partial ON shop.customers (lower(mail)) WHERE state <> 'it''s done';
CREATE INDEX customers_expression ON shop.customers USING btree (("full Name" || 'x') DESC NULLS LAST, id) INCLUDE (balance) WITH (fillfactor = 80);
CREATE STATISTICS shop.customers_stats (dependencies) ON state, balance FROM shop.customers;
CREATE UNIQUE INDEX customers_replica ON shop.customers (tenant, id, state);
ALTER TABLE shop.customers REPLICA IDENTITY USING INDEX customers_replica;

CREATE TABLE shop.orders (
  number serial PRIMARY KEY,
  tenant uuid NOT NULL,
  customer bigint,
  placed date NOT NULL DEFAULT '2020-02-29',
  during tstzrange,
  room int,
  previous int,
  CONSTRAINT orders_customer_fkey FOREIGN KEY (tenant, customer) REFERENCES shop.customers (tenant, id)
    ON DELETE CASCADE ON UPDATE SET NULL DEFERRABLE INITIALLY DEFERRED,
  CONSTRAINT orders_room_excl EXCLUDE USING gist (during WITH &&) WHERE (room = 1)
);
ALTER TABLE shop.orders ADD CONSTRAINT orders_previous_fkey FOREIGN KEY (previous) REFERENCES shop.orders (number) NOT VALID;
CREATE UNLOGGED TABLE shop.scratch ();
CREATE TABLE shop.one_to_one (tenant uuid, id bigint, PRIMARY KEY (tenant, id), FOREIGN KEY (tenant, id) REFERENCES shop.customers);

CREATE TABLE shop.base (id int NOT NULL, kind text DEFAULT 'base', CONSTRAINT base_kind CHECK (kind <> ''));
CREATE TABLE shop.derived (extra int UNIQUE) INHERITS (shop.base);

CREATE TABLE shop.events (id bigint NOT NULL, at timestamptz NOT NULL, body jsonb, order_number int REFERENCES shop.orders) PARTITION BY RANGE (at);
CREATE TABLE shop.events_2024 PARTITION OF shop.events FOR VALUES FROM ('2024-01-01') TO ('2025-01-01');
CREATE TABLE shop.events_rest PARTITION OF shop.events DEFAULT PARTITION BY LIST (id);
CREATE TABLE shop."events rest one" PARTITION OF shop.events_rest FOR VALUES IN (1, 2);
ALTER TABLE shop.events ADD CONSTRAINT events_pk PRIMARY KEY (id, at), ADD CONSTRAINT events_id CHECK (id > 0);
CREATE INDEX events_at ON shop.events (at);
CREATE INDEX events_2024_only ON shop.events_2024 (id);

CREATE TABLE "Odd Schema"."Sübmit ""me""; DROP TABLE x; --" ("the
column" int PRIMARY KEY, "select" text, "名前" text DEFAULT E'a''b\\c
d', "user.name" text);
CREATE INDEX "odd index" ON "Odd Schema"."Sübmit ""me""; DROP TABLE x; --" ("名前" text_pattern_ops);

CREATE VIEW shop.open_customers WITH (security_invoker = true, check_option = local) AS
  SELECT c.id, c.mail, c."full Name" AS title, lower(c."full Name") AS small FROM shop.customers c WHERE c.state <> 'it''s done' ORDER BY c.id;
CREATE VIEW shop.busy AS
  SELECT c.id, count(o.number) AS orders FROM shop.customers c LEFT JOIN shop.orders o ON o.customer = c.id GROUP BY c.id;
CREATE VIEW shop.a_view_before_its_source AS SELECT * FROM shop.busy WHERE orders > 1;
CREATE MATERIALIZED VIEW shop.totals AS SELECT state, sum(balance) AS total FROM shop.customers GROUP BY state;
CREATE UNIQUE INDEX totals_state ON shop.totals (state);

CREATE FUNCTION shop.touch() RETURNS trigger LANGUAGE plpgsql SET search_path = '' AS $fn$
BEGIN
  NEW.note := 'it''s $$ touched'; -- a comment
  RETURN NEW;
END
$fn$;
CREATE FUNCTION shop.customers_of(p_tenant uuid, VARIADIC names text[] DEFAULT '{}') RETURNS SETOF shop.customers
  LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp SET work_mem = '1MB'
  AS 'SELECT * FROM shop.customers WHERE tenant = p_tenant';
CREATE FUNCTION shop.aged(c shop.customers) RETURNS int LANGUAGE sql STABLE BEGIN ATOMIC SELECT 1 + count(*)::int FROM shop.orders o WHERE o.customer = (c).id; END;
CREATE PROCEDURE shop.do_it(INOUT x int) LANGUAGE plpgsql AS $$ BEGIN x := x + 1; END $$;
CREATE AGGREGATE shop.total(int) (SFUNC = int4pl, STYPE = int, INITCOND = '0');
REVOKE ALL ON FUNCTION shop.customers_of FROM PUBLIC;
GRANT EXECUTE ON FUNCTION shop.customers_of TO reader, "Odd ""Role""";
GRANT EXECUTE ON PROCEDURE shop.do_it TO writer WITH GRANT OPTION;

CREATE TRIGGER touch BEFORE UPDATE OF note, balance ON shop.customers FOR EACH ROW WHEN (OLD.note IS DISTINCT FROM NEW.note) EXECUTE FUNCTION shop.touch();
CREATE TRIGGER "Off" AFTER INSERT ON shop.orders REFERENCING NEW TABLE AS fresh FOR EACH STATEMENT EXECUTE FUNCTION shop.touch('a', 'b''c');
ALTER TABLE shop.orders DISABLE TRIGGER "Off";
CREATE CONSTRAINT TRIGGER late AFTER INSERT ON shop.orders DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION shop.touch();
CREATE TRIGGER events_touch BEFORE INSERT ON shop.events FOR EACH ROW EXECUTE FUNCTION shop.touch();
ALTER TABLE shop.events_2024 DISABLE TRIGGER events_touch;
CREATE RULE quiet AS ON DELETE TO shop.scratch DO INSTEAD NOTHING;

ALTER TABLE shop.customers ENABLE ROW LEVEL SECURITY;
ALTER TABLE shop.customers FORCE ROW LEVEL SECURITY;
ALTER TABLE shop.orders ENABLE ROW LEVEL SECURITY;
CREATE POLICY own_rows ON shop.customers FOR SELECT TO reader, "Odd ""Role""" USING (mail = current_user::text);
CREATE POLICY "no more" ON shop.customers AS RESTRICTIVE FOR INSERT WITH CHECK (balance < 10);
CREATE POLICY through ON shop.orders USING (EXISTS (SELECT 1 FROM shop.one_to_one o WHERE o.tenant = orders.tenant));

GRANT SELECT (id, mail), UPDATE ("full Name") ON shop.customers TO reader;
GRANT SELECT, INSERT ON shop.orders TO reader;
GRANT ALL ON shop.orders TO writer;
GRANT SELECT ON shop.busy TO PUBLIC;
REVOKE INSERT ON shop.scratch FROM CURRENT_USER;
ALTER TABLE shop.base OWNER TO writer;
ALTER TABLE shop.derived OWNER TO writer;
ALTER DEFAULT PRIVILEGES IN SCHEMA shop GRANT SELECT ON TABLES TO reader;
ALTER DEFAULT PRIVILEGES REVOKE EXECUTE ON FUNCTIONS FROM PUBLIC;

COMMENT ON SCHEMA shop IS 'what is sold';
COMMENT ON TABLE shop.customers IS 'it''s a
table';
COMMENT ON COLUMN shop.customers."full Name" IS 'null when unknown';
COMMENT ON CONSTRAINT balance_sane ON shop.customers IS 'why';
COMMENT ON INDEX shop.events_at IS 'by time';
COMMENT ON FUNCTION shop.touch() IS 'touches';
COMMENT ON MATERIALIZED VIEW shop.totals IS 'sums';
COMMENT ON DOMAIN shop.email IS 'an address';
COMMENT ON TRIGGER touch ON shop.customers IS 't';
COMMENT ON POLICY "no more" ON shop.customers IS 'p';
