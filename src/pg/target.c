#include "pg/target.h"

#include <stdlib.h>

#include "base/buf.h"
#include "pg/connection.h"
#include "pg/sql.h"

/* With each query. */
#define MOST_TABLES 500

#define MOST_MAINTENANCE_KB (1024L * 1024)

int pg_target_count_tables(PGconn *conn, size_t *n)
{
    PGresult *result = pg_query(
        conn, "SELECT pg_catalog.count(*) FROM pg_catalog.pg_class c "
              "JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace "
              "WHERE c.relkind IN ('r', 'p', 'f', 'm') AND n.nspname !~ '^pg_' "
              "AND n.nspname <> 'information_schema' "
              "AND NOT EXISTS (SELECT FROM pg_catalog.pg_depend d WHERE d.deptype = 'e' "
              "AND d.classid = 'pg_catalog.pg_class'::pg_catalog.regclass AND d.objid = c.oid)");

    if (result == NULL)
        return -1;
    *n = strtoull(PQgetvalue(result, 0, 0), NULL, 10);
    PQclear(result);
    return 0;
}

static int add_table(struct buf *sql, PGconn *conn, const char *schema, const char *name)
{
    if (sql_add_name(sql, conn, schema) != 0 || buf_add_text(sql, ".") != 0)
        return -1;
    return sql_add_name(sql, conn, name);
}

static int add_values(struct buf *sql, PGconn *conn, const struct pg_target_table *tables, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (buf_printf(sql, "%s(%zu, ", i > 0 ? ", " : "", i) != 0 ||
            sql_add_literal(sql, conn, tables[i].schema) != 0 ||
            buf_add_text(sql, "::pg_catalog.name, ") != 0 ||
            sql_add_literal(sql, conn, tables[i].name) != 0 ||
            buf_add_text(sql, "::pg_catalog.name)") != 0)
            return -1;
    return 0;
}

/* A table without rows may still have pages. What cannot be looked at counts as full. */
static bool has_rows(PGconn *conn, const struct pg_target_table *table)
{
    struct buf sql = {0};
    PGresult *result = NULL;
    bool full;

    if (buf_add_text(&sql, "SELECT EXISTS (SELECT FROM ONLY ") == 0 &&
        add_table(&sql, conn, table->schema, table->name) == 0 && buf_add_text(&sql, ")") == 0)
        result = pg_query(conn, sql.data);
    full = result == NULL || PQgetvalue(result, 0, 0)[0] == 't';
    PQclear(result);
    buf_free(&sql);
    return full;
}

static bool is_true(const PGresult *result, int row, int column)
{
    return PQgetvalue(result, row, column)[0] == 't';
}

static int look_at_some(PGconn *conn, struct pg_target_table *tables, size_t n)
{
    struct buf sql = {0};
    PGresult *result = NULL;

    if (buf_add_text(&sql, "SELECT c.oid IS NOT NULL, c.relkind = 'r', EXISTS (SELECT FROM "
                           "pg_catalog.pg_depend d WHERE d.deptype = 'e' AND d.classid = "
                           "'pg_catalog.pg_class'::pg_catalog.regclass AND d.objid = c.oid), "
                           "c.relkind <> 'r' OR pg_catalog.pg_relation_size(c.oid) > 0 "
                           "FROM (VALUES ") == 0 &&
        add_values(&sql, conn, tables, n) == 0 &&
        buf_add_text(&sql, ") v(i, s, t) "
                           "LEFT JOIN pg_catalog.pg_namespace n ON n.nspname = v.s "
                           "LEFT JOIN pg_catalog.pg_class c ON c.relnamespace = n.oid "
                           "AND c.relname = v.t ORDER BY v.i") == 0)
        result = pg_query(conn, sql.data);
    buf_free(&sql);
    if (result == NULL)
        return -1;
    for (size_t i = 0; i < n; i++) {
        struct pg_target_table *t = &tables[i];

        t->is_there = is_true(result, (int)i, 0);
        t->is_ordinary = is_true(result, (int)i, 1);
        t->of_extension = is_true(result, (int)i, 2);
        t->has_rows = is_true(result, (int)i, 3) && has_rows(conn, t);
    }
    PQclear(result);
    return 0;
}

int pg_target_look(PGconn *conn, struct pg_target_table *tables, size_t n)
{
    for (size_t at = 0; at < n; at += MOST_TABLES)
        if (look_at_some(conn, tables + at, n - at < MOST_TABLES ? n - at : MOST_TABLES) != 0)
            return -1;
    return 0;
}

int pg_target_empty(PGconn *conn, const char *schema, const char *name)
{
    struct buf sql = {0};
    int rc = buf_add_text(&sql, "TRUNCATE TABLE ONLY ");

    if (rc == 0)
        rc = add_table(&sql, conn, schema, name);
    if (rc == 0)
        rc = pg_command(conn, sql.data);
    buf_free(&sql);
    return rc;
}

long pg_target_maintenance_memory(PGconn *conn, int sessions)
{
    PGresult *result = pg_query(
        conn, "SELECT pg_catalog.max(setting::pg_catalog.int8) FILTER (WHERE name = "
              "'maintenance_work_mem'), pg_catalog.max(setting::pg_catalog.int8 * 8) FILTER "
              "(WHERE name = 'shared_buffers') FROM pg_catalog.pg_settings "
              "WHERE name IN ('maintenance_work_mem', 'shared_buffers')");
    long given, buffers;

    if (result == NULL)
        return -1;
    given = atol(PQgetvalue(result, 0, 0));
    buffers = atol(PQgetvalue(result, 0, 1)) / 2 / sessions;
    PQclear(result);
    if (buffers > MOST_MAINTENANCE_KB)
        buffers = MOST_MAINTENANCE_KB;
    return buffers > given ? buffers : 0;
}
