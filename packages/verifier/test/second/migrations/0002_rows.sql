INSERT INTO "customers" ("email_address") VALUES (gen_random_uuid() || '@example.org');
--> statement-breakpoint
CREATE FUNCTION "order_count"() RETURNS bigint LANGUAGE sql STABLE AS 'SELECT count(*) FROM public.orders';
--> statement-breakpoint
GRANT SELECT ON "orders" TO "shop_reader";
