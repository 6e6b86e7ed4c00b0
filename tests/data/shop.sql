-- The demo's sample: a small shop with some of what a hand-made copy tends to lose.
CREATE TYPE order_state AS ENUM ('new', 'paid', 'sent', 'returned');

CREATE TABLE customers (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    name text NOT NULL,
    email text NOT NULL UNIQUE,
    since date NOT NULL,
    notes jsonb
);

CREATE TABLE products (
    id serial PRIMARY KEY,
    title text NOT NULL,
    price numeric(10, 2) NOT NULL CHECK (price > 0),
    picture bytea
);

CREATE TABLE orders (
    id bigserial PRIMARY KEY,
    customer_id bigint NOT NULL REFERENCES customers,
    placed timestamptz NOT NULL,
    state order_state NOT NULL DEFAULT 'new'
);

CREATE TABLE items (
    order_id bigint NOT NULL REFERENCES orders ON DELETE CASCADE,
    line int NOT NULL,
    product_id int NOT NULL REFERENCES products,
    quantity int NOT NULL CHECK (quantity > 0),
    comment text,
    PRIMARY KEY (order_id, line)
);

INSERT INTO customers (name, email, since, notes)
SELECT initcap(substr(md5(i::text), 1, 7)) || ' ' || initcap(substr(md5((i * 7)::text), 1, 9)),
       'customer' || i || '@example.org',
       date '2015-01-01' + i % 4000,
       CASE WHEN i % 3 = 0 THEN jsonb_build_object('likes', 'tabs	and "quotes"', 'visits', i % 90) END
FROM generate_series(1, 60000) AS i;

INSERT INTO products (title, price, picture)
SELECT 'Product ' || i || E' \\ with a backslash', (i % 900 + 1) / 4.0, decode(repeat(md5(i::text), 64), 'hex')
FROM generate_series(1, 2000) AS i;

INSERT INTO orders (customer_id, placed, state)
SELECT (i * 7919) % 60000 + 1, timestamptz '2020-01-01 00:00Z' + i * interval '11 minutes',
       (enum_range(NULL::order_state))[i % 4 + 1]
FROM generate_series(1, 200000) AS i;

INSERT INTO items
SELECT o, l, (o * 31 + l * 7) % 2000 + 1, o % 5 + 1, CASE WHEN o % 10 = l THEN E'gift\nwrapped' END
FROM generate_series(1, 200000) AS o, generate_series(1, 3) AS l;

CREATE INDEX ON orders (customer_id, placed DESC);
CREATE INDEX unsent ON orders (placed) WHERE state IN ('new', 'paid');

CREATE MATERIALIZED VIEW turnover AS
SELECT date_trunc('month', placed) AS month, sum(quantity * price) AS amount
FROM orders JOIN items ON order_id = orders.id JOIN products ON products.id = product_id
GROUP BY 1;

CREATE FUNCTION forbid_returning() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'order % was sent back already', OLD.id;
END
$$;

CREATE TRIGGER no_return_twice BEFORE UPDATE ON orders FOR EACH ROW
    WHEN (OLD.state = 'returned') EXECUTE FUNCTION forbid_returning();

SELECT lo_from_bytea(0, decode(repeat(md5('contract'), 4096), 'hex'));
