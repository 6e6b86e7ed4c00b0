\echo Use "CREATE EXTENSION dropconf" to load this file. \quit

-- Unfiltered: every row is dumped, so the script must not fill it.
CREATE TABLE setting (name text PRIMARY KEY, value text);
SELECT pg_catalog.pg_extension_config_dump('setting', '');

-- Filtered: only the rows that the script did not make are dumped.
CREATE TABLE rule (id int PRIMARY KEY, body text, builtin boolean NOT NULL DEFAULT false);
INSERT INTO rule VALUES (1, 'comes with the extension', true), (2, 'so does this', true);
SELECT pg_catalog.pg_extension_config_dump('rule', 'WHERE NOT builtin ORDER BY id');

-- A sequence's value can be configuration too.
CREATE SEQUENCE counter;
SELECT pg_catalog.pg_extension_config_dump('counter', '');

-- Not configuration: its rows are the extension's own and never dumped.
CREATE TABLE constant (name text PRIMARY KEY, value int);
INSERT INTO constant VALUES ('answer', 42);
