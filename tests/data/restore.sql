-- A small shop, as it is today: what `restore --clean` brings where restore_older.sql is. Load it as a superuser into an empty UTF8
-- database:
--     psql -v ON_ERROR_STOP=1 -d DATABASE -f restore.sql
-- The role it needs is made when missing.

SET client_min_messages = warning;

DO $$
BEGIN
	IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'dynodrop_shopkeeper') THEN
		CREATE ROLE dynodrop_shopkeeper NOLOGIN;
	END IF;
END $$;

CREATE EXTENSION dropconf;
INSERT INTO dropconf.setting VALUES ('colour', 'blue');
INSERT INTO dropconf.rule VALUES (10, 'the user''s own');
SELECT setval('dropconf.counter', 77);

CREATE SCHEMA shop AUTHORIZATION dynodrop_shopkeeper;
CREATE TYPE shop.state AS ENUM ('new', 'paid', 'sent');
CREATE SEQUENCE shop.numbers;
SELECT setval('shop.numbers', 5000);

CREATE FUNCTION shop.with_tax(amount numeric) RETURNS numeric LANGUAGE sql IMMUTABLE AS 'SELECT amount * 1.21';
CREATE FUNCTION shop.note() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
	NEW.noted := 'today';
	RETURN NEW;
END
$$;

-- Foreign keys in a cycle, and to itself.
CREATE TABLE shop.customers (id int PRIMARY KEY, name text NOT NULL, favourite int);
CREATE TABLE shop.products (id int PRIMARY KEY, title text, best_customer int REFERENCES shop.customers);
CREATE TABLE shop.orders (
	id bigint PRIMARY KEY DEFAULT nextval('shop.numbers'),
	customer int NOT NULL REFERENCES shop.customers,
	product int REFERENCES shop.products,
	replaces bigint REFERENCES shop.orders,
	state shop.state NOT NULL DEFAULT 'new',
	amount numeric,
	noted text
) WITH (fillfactor = 10);
INSERT INTO shop.customers SELECT i, 'customer ' || i, i % 20 + 1 FROM generate_series(1, 500) i;
INSERT INTO shop.products SELECT i, E'product\t' || i, i * 7 FROM generate_series(1, 20) i;
INSERT INTO shop.orders SELECT i, i % 500 + 1, i % 20 + 1, nullif(i - 1, 0), (enum_range(NULL::shop.state))[i % 3 + 1], i / 4.0
	FROM generate_series(1, 5000) i;
ALTER TABLE shop.customers ADD CONSTRAINT favours FOREIGN KEY (favourite) REFERENCES shop.products;
CREATE TRIGGER noted BEFORE INSERT ON shop.orders FOR EACH ROW EXECUTE FUNCTION shop.note();
CREATE INDEX by_tax ON shop.orders (shop.with_tax(amount));
CREATE UNIQUE INDEX by_name ON shop.customers (lower(name));

CREATE TABLE shop.visits (at date NOT NULL, customer int REFERENCES shop.customers, n int) PARTITION BY RANGE (at);
CREATE TABLE shop.visits_2024 PARTITION OF shop.visits FOR VALUES FROM ('2024-01-01') TO ('2025-01-01');
CREATE TABLE shop.visits_2025 PARTITION OF shop.visits FOR VALUES FROM ('2025-01-01') TO ('2026-01-01');
INSERT INTO shop.visits SELECT date '2024-06-01' + i, i, i FROM generate_series(1, 400) i;

CREATE VIEW shop.open_orders AS SELECT id, customer, shop.with_tax(amount) AS amount FROM shop.orders WHERE state <> 'sent';
CREATE MATERIALIZED VIEW shop.totals AS SELECT customer, sum(amount) AS amount FROM shop.open_orders GROUP BY customer;
COMMENT ON TABLE shop.orders IS 'as of today';

-- Its owner may not write to it.
CREATE TABLE shop.ledger (id int, body text);
INSERT INTO shop.ledger VALUES (1, 'opened'), (2, 'closed');
ALTER TABLE shop.ledger OWNER TO dynodrop_shopkeeper;
REVOKE INSERT, UPDATE, DELETE, TRUNCATE ON shop.ledger FROM dynodrop_shopkeeper;
GRANT SELECT ON shop.orders TO PUBLIC;

SELECT lo_from_bytea(70001, 'a first large object'), lo_from_bytea(70002, 'and ANOTHER one'), lo_from_bytea(70003, 'new');
ALTER LARGE OBJECT 70002 OWNER TO dynodrop_shopkeeper;
CREATE TABLE pictures (id int PRIMARY KEY, picture oid);
INSERT INTO pictures VALUES (1, 70001), (2, 70002), (3, 70003);
