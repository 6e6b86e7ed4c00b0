-- A database with one of each thing that `verify --against` is to miss when it is gone or another.
CREATE EXTENSION dropconf;
INSERT INTO dropconf.setting VALUES ('colour', 'red');
CREATE SCHEMA shop;
CREATE FUNCTION shop.note() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
	NEW.noted := 'yes';
	RETURN NEW;
END
$$;
CREATE SEQUENCE shop.numbers;
SELECT setval('shop.numbers', 1000);
CREATE TABLE shop.customers (
	id integer PRIMARY KEY,
	name text NOT NULL,
	email text CONSTRAINT one_each UNIQUE
);
CREATE TABLE shop.orders (
	id bigint PRIMARY KEY DEFAULT nextval('shop.numbers'),
	customer integer CONSTRAINT of_customer REFERENCES shop.customers,
	amount numeric(10,2) CONSTRAINT positive CHECK (amount > 0),
	placed timestamptz DEFAULT '2026-01-01 00:00+00',
	picture bytea,
	noted text
);
CREATE INDEX by_amount ON shop.orders (amount);
CREATE TRIGGER noted BEFORE INSERT ON shop.orders FOR EACH ROW EXECUTE FUNCTION shop.note();
CREATE VIEW shop.large AS SELECT id, amount FROM shop.orders WHERE amount > 500;
GRANT SELECT ON shop.orders TO pg_monitor;
COMMENT ON TABLE shop.orders IS 'what was ordered';
INSERT INTO shop.customers SELECT i, 'name ' || i, i || '@example.com' FROM generate_series(1, 1000) i;
INSERT INTO shop.orders SELECT i, i % 1000 + 1, i / 10.0 + 1, timestamptz '2026-01-01 00:00+00' + i * interval '1 hour',
	decode(md5(i::text), 'hex') FROM generate_series(1, 20000) i;
SELECT lo_from_bytea(70001, 'a large object'), lo_from_bytea(70002, 'ANOTHER object');
