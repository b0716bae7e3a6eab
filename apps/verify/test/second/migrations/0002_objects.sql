CREATE TABLE orders_2024 PARTITION OF orders FOR VALUES FROM ('2024-01-01') TO ('2025-01-01');
--> statement-breakpoint
CREATE TABLE orders_later PARTITION OF orders DEFAULT;
--> statement-breakpoint
ALTER TABLE stays ADD CONSTRAINT stays_during_excl EXCLUDE USING gist (during WITH &&) WHERE (rating IS NULL);
--> statement-breakpoint
ALTER SEQUENCE invoice_numbers OWNED BY orders.invoice;
--> statement-breakpoint
CREATE FUNCTION count_changes() RETURNS trigger LANGUAGE plpgsql SET search_path = '' AS $$
BEGIN
  NEW.changes := OLD.changes + 1;
  RETURN NEW;
END;
$$;
--> statement-breakpoint
CREATE TRIGGER orders_count_changes BEFORE UPDATE ON orders FOR EACH ROW EXECUTE FUNCTION count_changes();
--> statement-breakpoint
CREATE MATERIALIZED VIEW branch_totals AS
  SELECT branch_id, count(*) AS orders, max(opens_at) AS latest FROM orders GROUP BY branch_id;
--> statement-breakpoint
CREATE UNIQUE INDEX branch_totals_branch_id_key ON branch_totals (branch_id);
--> statement-breakpoint
COMMENT ON TABLE stays IS 'Who stays when';
