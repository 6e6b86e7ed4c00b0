-- The shop of restore.sql as it was some time ago, and a table and a large object that are not the shop's. Load it as restore.sql.

SET client_min_messages = warning;

CREATE EXTENSION dropconf;
INSERT INTO dropconf.setting VALUES ('colour', 'red'), ('shape', 'round');
INSERT INTO dropconf.rule VALUES (10, 'another'), (11, 'one more');

CREATE SCHEMA shop;
CREATE TYPE shop.state AS ENUM ('new', 'sent');
CREATE SEQUENCE shop.numbers INCREMENT 10;
SELECT setval('shop.numbers', 99999);

CREATE FUNCTION shop.with_tax(amount numeric) RETURNS numeric LANGUAGE sql IMMUTABLE AS 'SELECT amount * 1.19';
CREATE FUNCTION shop.note() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
	NEW.noted := 'some time ago';
	RETURN NEW;
END
$$;

CREATE TABLE shop.customers (id int PRIMARY KEY, phone text, name varchar(20));
CREATE TABLE shop.products (id int PRIMARY KEY, title text, best_customer int REFERENCES shop.customers);
CREATE TABLE shop.orders (
	id bigint PRIMARY KEY DEFAULT nextval('shop.numbers'),
	customer int REFERENCES shop.customers ON DELETE CASCADE,
	product int REFERENCES shop.products,
	state shop.state,
	amount numeric CHECK (amount > 1),
	noted text
);
CREATE TRIGGER noted BEFORE INSERT OR UPDATE ON shop.orders FOR EACH ROW EXECUTE FUNCTION shop.note();
INSERT INTO shop.customers SELECT i, '555-' || i, 'old customer ' || i FROM generate_series(1, 700) i;
INSERT INTO shop.products SELECT i, 'old product', i FROM generate_series(1, 40) i;
INSERT INTO shop.orders SELECT i, i % 700 + 1, i % 40 + 1, 'sent', i FROM generate_series(2, 6000) i;
CREATE INDEX by_tax ON shop.orders (shop.with_tax(amount));
CREATE INDEX of_customer ON shop.orders (customer);

CREATE TABLE shop.visits (at date NOT NULL, customer int REFERENCES shop.customers, n int) PARTITION BY RANGE (at);
CREATE TABLE shop.visits_2024 PARTITION OF shop.visits FOR VALUES FROM ('2024-01-01') TO ('2025-01-01');
CREATE TABLE shop.visits_rest PARTITION OF shop.visits DEFAULT;
INSERT INTO shop.visits SELECT date '2023-06-01' + i, i, i FROM generate_series(1, 500) i;

CREATE VIEW shop.open_orders AS SELECT o.*, name FROM shop.orders o JOIN shop.customers c ON c.id = customer;
CREATE MATERIALIZED VIEW shop.totals AS SELECT count(*) FROM shop.open_orders;
CREATE TABLE shop.ledger (id int, body text);
INSERT INTO shop.ledger VALUES (1, 'not yet');
GRANT ALL ON shop.customers TO PUBLIC;

-- The first two have what the other one has today.
SELECT lo_from_bytea(70001, 'and ANOTHER one'), lo_from_bytea(70002, 'a first large object'), lo_from_bytea(70004, 'not of the shop');
CREATE TABLE pictures (id int PRIMARY KEY, picture oid);
INSERT INTO pictures VALUES (1, 70002), (4, 70004);

CREATE TABLE not_of_the_shop (id int PRIMARY KEY);
INSERT INTO not_of_the_shop SELECT generate_series(1, 100);
