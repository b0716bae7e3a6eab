CREATE TYPE "public"."OrderState" AS ENUM('Open', 'paid', 'Void');--> statement-breakpoint
CREATE TABLE "baskets" (
	"id" serial PRIMARY KEY NOT NULL,
	"content" text
);
--> statement-breakpoint
CREATE TABLE "counters" (
	"id" serial PRIMARY KEY NOT NULL,
	"is_active" boolean DEFAULT true NOT NULL,
	"value" integer DEFAULT 0 NOT NULL
);
--> statement-breakpoint
CREATE TABLE "customers" (
	"id" uuid PRIMARY KEY DEFAULT gen_random_uuid() NOT NULL,
	"email_address" text NOT NULL,
	"settings" json DEFAULT '{"newsletter":false,"tags":[]}'::json NOT NULL,
	"favourite_order_id" integer,
	"registered_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "customers_emailAddress_unique" UNIQUE("email_address"),
	CONSTRAINT "customers_email_check" CHECK ("customers"."email_address" LIKE '%@%')
);
--> statement-breakpoint
CREATE TABLE "orders" (
	"id" serial PRIMARY KEY NOT NULL,
	"customer_id" uuid NOT NULL,
	"state" "OrderState" DEFAULT 'Open' NOT NULL,
	"a_column_with_a_name_that_is_longer_than_the_sixty_three_bytes_that_postgres_keeps_of_it" integer
);
--> statement-breakpoint
ALTER TABLE "customers" ADD CONSTRAINT "customers_favourite_order_id_orders_id_fk" FOREIGN KEY ("favourite_order_id") REFERENCES "public"."orders"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "orders" ADD CONSTRAINT "orders_customer_id_customers_id_fk" FOREIGN KEY ("customer_id") REFERENCES "public"."customers"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
CREATE INDEX "customers_registered_at_index" ON "customers" USING btree ("registered_at");