-- Everything in a database that `pg_dump --schema-only` does not show: one line for each table, sequence and large object.

-- Rows in any order: the hash of the sorted hashes of all of them. Each table's own rows, without its children's; but hash
-- partitions together: in which of them an enum's row lies depends on oids, which differ between databases.
SELECT format($$SELECT 'table', %L, count(*), md5(string_agg(md5(_row::text), '' ORDER BY md5(_row::text))) FROM %s %1$s AS _row$$,
              c.oid::regclass, CASE relkind WHEN 'p' THEN '' ELSE 'ONLY' END)
FROM pg_class c JOIN pg_namespace n ON n.oid = relnamespace LEFT JOIN pg_partitioned_table ON partrelid = c.oid
WHERE (relkind IN ('r', 'm') OR partstrat = 'h') AND relispopulated AND nspname !~ '^pg_' AND nspname <> 'information_schema'
      AND NOT EXISTS (SELECT FROM pg_inherits JOIN pg_partitioned_table p ON p.partrelid = inhparent
                      WHERE inhrelid = c.oid AND p.partstrat = 'h')
ORDER BY nspname COLLATE "C", relname COLLATE "C" \gexec

SELECT 'not populated', c.oid::regclass FROM pg_class c WHERE NOT relispopulated ORDER BY c.oid::regclass::text COLLATE "C";

SELECT format('SELECT %L, %L, last_value, is_called FROM %2$s', 'sequence', c.oid::regclass)
FROM pg_class c JOIN pg_namespace n ON n.oid = relnamespace
WHERE relkind = 'S'
ORDER BY nspname COLLATE "C", relname COLLATE "C" \gexec

SELECT 'large object', oid, lomowner::regrole, lomacl, obj_description(oid, 'pg_largeobject'), md5(lo_get(oid))
FROM pg_largeobject_metadata ORDER BY oid;
