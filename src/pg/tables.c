#include "pg/tables.h"

#include <stdlib.h>

#include "base/error.h"
#include "base/log.h"
#include "pg/connection.h"
#include "pg/sql.h"

/* The tables as a list in SQL: their places in `items`, oids, and names. */
#define LIST_HEAD "FROM (VALUES "
#define LIST_TAIL ") AS t (at, oid, name) JOIN pg_catalog.pg_class c ON c.oid = t.oid"

static int add_quoted(struct buf *b, const char *name)
{
    if (buf_add_text(b, "\"") != 0)
        return -1;
    for (; *name != '\0'; name++)
        if ((*name == '"' && buf_add_text(b, "\"") != 0) || buf_add(b, name, 1) != 0)
            return -1;
    return buf_add_text(b, "\"");
}

static char *full_name(const char *schema, const char *name)
{
    struct buf b = {0};

    if (add_quoted(&b, schema) == 0 && buf_add_text(&b, ".") == 0 && add_quoted(&b, name) == 0)
        return buf_take(&b);
    buf_free(&b);
    return NULL;
}

static char *label(const char *schema, const char *name)
{
    struct buf b = {0};

    if (buf_printf(&b, "%s.%s", schema, name) == 0)
        return buf_take(&b);
    buf_free(&b);
    return NULL;
}

static void clear_table(struct pg_table *table)
{
    free(table->name);
    free(table->label);
    free(table->columns);
}

int pg_tables_add(struct pg_tables *tables, int dump_id, unsigned oid, const char *schema,
                  const char *name, char *columns)
{
    struct pg_table table = {.dump_id = dump_id,
                             .oid = oid,
                             .part = columns != NULL ? PG_TABLE_READ : PG_TABLE_LEFT,
                             .name = full_name(schema, name),
                             .label = label(schema, name),
                             .columns = columns};

    if (table.name == NULL || table.label == NULL) {
        clear_table(&table);
        return -1;
    }
    if (tables->n == tables->size) {
        size_t size = tables->size == 0 ? 64 : tables->size * 2;
        struct pg_table *items = realloc(tables->items, size * sizeof(*items));

        if (items == NULL) {
            clear_table(&table);
            return error_set("out of memory");
        }
        tables->items = items;
        tables->size = size;
    }
    tables->items[tables->n++] = table;
    return 0;
}

void pg_tables_remove(struct pg_tables *tables, enum pg_table_part part)
{
    size_t kept = 0;

    for (size_t i = 0; i < tables->n; i++) {
        if (tables->items[i].part == part)
            clear_table(&tables->items[i]);
        else
            tables->items[kept++] = tables->items[i];
    }
    tables->n = kept;
}

void pg_tables_free(struct pg_tables *tables)
{
    for (size_t i = 0; i < tables->n; i++)
        clear_table(&tables->items[i]);
    free(tables->items);
    *tables = (struct pg_tables){0};
}

static int add_list(struct buf *sql, const struct pg_tables *tables, PGconn *conn)
{
    if (buf_add_text(sql, LIST_HEAD) != 0)
        return -1;
    for (size_t i = 0; i < tables->n; i++)
        if (buf_printf(sql, "%s(%zu, %u::pg_catalog.oid, ", i > 0 ? ", " : "", i,
                       tables->items[i].oid) != 0 ||
            sql_add_literal(sql, conn, tables->items[i].name) != 0 || buf_add_text(sql, ")") != 0)
            return -1;
    return buf_add_text(sql, LIST_TAIL);
}

/* Asks for some columns of each table that fulfils a condition; the first is its place. Returns
 * NULL with the error set. */
static PGresult *ask(const struct pg_tables *tables, PGconn *conn, const char *columns,
                     const char *condition)
{
    struct buf sql = {0};
    PGresult *result = NULL;

    if (buf_printf(&sql, "SELECT t.at, %s ", columns) == 0 && add_list(&sql, tables, conn) == 0 &&
        buf_printf(&sql, " WHERE %s ORDER BY t.at", condition) == 0)
        result = pg_query(conn, sql.data);
    buf_free(&sql);
    return result;
}

static unsigned oid_of(const PGresult *result, int row)
{
    return (unsigned)strtoul(PQgetvalue(result, row, 0), NULL, 10);
}

/* The row that has the oid in its first column, in which they ascend; -1 for none. */
static int find_oid(const PGresult *result, unsigned oid)
{
    int low = 0, high = PQntuples(result);

    while (low < high) {
        int middle = low + (high - low) / 2;

        if (oid_of(result, middle) < oid)
            low = middle + 1;
        else
            high = middle;
    }
    return low < PQntuples(result) && oid_of(result, low) == oid ? low : -1;
}

int pg_tables_sort_out(struct pg_tables *tables, PGconn *conn)
{
    /* The few that need a word, of all relations that rows can be dumped of. */
    PGresult *result =
        pg_query(conn, "SELECT c.oid, c.relkind = 'r' FROM pg_catalog.pg_class c "
                       "WHERE c.relkind NOT IN ('r', 'i', 'I', 't', 'S', 'c') "
                       "OR c.relkind = 'r' AND EXISTS (SELECT FROM pg_catalog.pg_depend d "
                       "WHERE d.classid = 'pg_catalog.pg_class'::pg_catalog.regclass "
                       "AND d.objid = c.oid AND d.objsubid = 0 AND d.deptype = 'e') "
                       "ORDER BY c.oid");

    if (result == NULL)
        return -1;
    for (size_t i = 0; i < tables->n; i++) {
        int row = find_oid(result, tables->items[i].oid);

        if (row >= 0)
            tables->items[i].part =
                PQgetvalue(result, row, 1)[0] == 't' ? PG_TABLE_LEFT : PG_TABLE_NONE;
    }
    PQclear(result);
    pg_tables_remove(tables, PG_TABLE_NONE);
    return 0;
}

/* What a lock that was not to be had means. */
static int lock_error(const struct pg_table *table, const PGresult *result, int timeout_ms)
{
    if (pg_result_has_state(result, "42P01") || pg_result_has_state(result, "3F000")) {
        error_set("table %s was renamed or dropped since the dump began", table->label);
        return 1;
    }
    if (pg_result_has_state(result, "55P03")) {
        error_set("table %s could not be locked within %d s, since somebody waits to alter it",
                  table->label, (timeout_ms + 999) / 1000);
        return 1;
    }
    pg_error_set(PQresultErrorMessage(result));
    return error_add_context("cannot lock table %s", table->label);
}

/* One command a table, all sent together: so it is known which one fails. */
static int lock_all(const struct pg_tables *tables, PGconn *conn, int timeout_ms)
{
    struct buf sql = {0};
    PGresult *result;
    size_t at = 0;
    int rc = 0, lost = 0;

    for (size_t i = 0; i < tables->n && rc == 0; i++)
        rc = buf_printf(&sql, "LOCK TABLE ONLY %s IN ACCESS SHARE MODE; ", tables->items[i].name);
    if (rc == 0 && PQsendQuery(conn, sql.data) == 0)
        rc = pg_error_set(PQerrorMessage(conn));
    buf_free(&sql);
    if (rc != 0)
        return -1;
    while ((result = pg_next_result(conn, &lost)) != NULL) {
        if (PQresultStatus(result) == PGRES_COMMAND_OK)
            at++;
        else if (rc == 0 && at < tables->n)
            rc = lock_error(&tables->items[at], result, timeout_ms);
        PQclear(result);
    }
    return lost != 0 ? -1 : rc;
}

static void take_measures(struct pg_table *table, const PGresult *result, int row)
{
    table->pages = (uint32_t)strtoul(PQgetvalue(result, row, 2), NULL, 10);
    table->bytes = strtoull(PQgetvalue(result, row, 3), NULL, 10);
    table->n_indexes = (unsigned)strtoul(PQgetvalue(result, row, 4), NULL, 10);
    table->is_heap = PQgetvalue(result, row, 5)[0] == 't';
}

/*
 * What has not changed since the snapshot: pg_class and pg_attribute are as it shows them, the
 * functions see what is now.
 */
static const char has_its_name[] =
    "coalesce(pg_catalog.to_regclass(t.name) = c.oid::pg_catalog.regclass, false)";

static const char has_its_rows_and_columns[] =
    "coalesce(pg_catalog.pg_relation_filenode(c.oid) = c.relfilenode "
    "AND NOT EXISTS (SELECT FROM pg_catalog.pg_attribute a "
    "WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped "
    "AND (pg_catalog.pg_identify_object_as_address('pg_catalog.pg_class'::pg_catalog.regclass, "
    "c.oid, a.attnum)).object_names[3] IS DISTINCT FROM a.attname::pg_catalog.text), false)";

/*
 * Opening a TOAST table takes as long as all else here: those of small tables are passed over which
 * VACUUM has found empty. pg_table_size() would wait for whoever rebuilds such a table's index.
 */
static const char measures[] =
    "pg_catalog.pg_relation_size(c.oid) / pg_catalog.current_setting('block_size')::int8, "
    "pg_catalog.pg_relation_size(c.oid) "
    "+ coalesce((SELECT pg_catalog.pg_relation_size(x.oid) FROM pg_catalog.pg_class x "
    "WHERE x.oid = c.reltoastrelid "
    "AND (x.reltuples <> 0 OR pg_catalog.pg_relation_size(c.oid) > 65536)), 0), "
    "(SELECT pg_catalog.count(*) FROM pg_catalog.pg_index i WHERE i.indrelid = c.oid), "
    "(SELECT a.amname = 'heap' FROM pg_catalog.pg_am a WHERE a.oid = c.relam)";

static int compare(struct pg_tables *tables, PGconn *conn)
{
    struct buf columns = {0};
    PGresult *result = NULL;
    int rc = 0;

    if (buf_printf(&columns, "%s AND %s, %s", has_its_name, has_its_rows_and_columns, measures) ==
        0)
        result = ask(tables, conn, columns.data, "true");
    buf_free(&columns);
    if (result == NULL)
        return -1;
    if ((size_t)PQntuples(result) != tables->n)
        rc = error_set("the database's catalogs do not have all tables that pg_dump lists");
    for (int row = 0; row < PQntuples(result) && rc == 0; row++) {
        struct pg_table *table = &tables->items[strtoul(PQgetvalue(result, row, 0), NULL, 10)];

        take_measures(table, result, row);
        if (PQgetvalue(result, row, 1)[0] != 't') {
            error_set("table %s was truncated, rewritten, altered or replaced since the dump began",
                      table->label);
            rc = 1;
        }
    }
    PQclear(result);
    return rc;
}

int pg_tables_lock(struct pg_tables *tables, PGconn *conn, int timeout_ms)
{
    char sql[64];
    int rc;

    if (tables->n == 0)
        return 0;
    snprintf(sql, sizeof(sql), "SET lock_timeout = %d", timeout_ms);
    if (pg_command(conn, sql) != 0)
        return -1;
    rc = lock_all(tables, conn, timeout_ms);
    return rc != 0 ? rc : compare(tables, conn);
}

/* Planning a SELECT locks the table's indexes. What the rows need beside them may take longer, but
 * not for ever: whoever holds it may be waiting for another of our connections. */
static int add_index_locks(const struct pg_table *table, struct buf *sql)
{
    return buf_printf(sql,
                      "SET LOCAL lock_timeout = '1s'; EXPLAIN SELECT FROM ONLY %s; "
                      "SET LOCAL lock_timeout = '60s'; ",
                      table->name);
}

int pg_tables_check(const struct pg_tables *tables, PGconn *conn)
{
    struct buf condition = {0};
    PGresult *result = NULL;
    int rc = 0;

    if (tables->n == 0)
        return 0;
    if (buf_printf(&condition, "NOT %s", has_its_name) == 0)
        result = ask(tables, conn, "true", condition.data);
    buf_free(&condition);
    if (result == NULL)
        return -1;
    if (PQntuples(result) > 0) {
        error_set("table %s was replaced by another",
                  tables->items[strtoul(PQgetvalue(result, 0, 0), NULL, 10)].label);
        rc = error_add_context("the dump is not of one instant, and was given up");
    }
    PQclear(result);
    return rc;
}

int pg_table_lock_indexes(const struct pg_table *table, PGconn *conn)
{
    struct buf sql = {0};
    int rc = add_index_locks(table, &sql), refused;

    if (rc == 0)
        rc = pg_command(conn, "SAVEPOINT before_indexes");
    if (rc == 0) {
        refused = pg_command(conn, sql.data);
        if (refused != 0)
            log_debug("table %s: %s", table->label, error_text());
        rc = pg_command(conn, refused != 0 ? "ROLLBACK TO before_indexes; RELEASE before_indexes"
                                           : "RELEASE before_indexes");
        if (rc == 0 && refused != 0)
            rc = 1;
    }
    buf_free(&sql);
    return rc;
}

int pg_table_add_lock(const struct pg_table *table, bool with_indexes, struct buf *sql)
{
    int rc = buf_printf(sql, "LOCK TABLE ONLY %s IN ACCESS SHARE MODE NOWAIT; ", table->name);

    return rc == 0 && with_indexes ? add_index_locks(table, sql) : rc;
}

int pg_table_add_copy(const struct pg_table *table, uint32_t first_page, uint32_t end_page,
                      struct buf *sql)
{
    const char *bracket = table->columns[0] != '\0' ? "(" : "";
    int rc;

    if (first_page == 0 && end_page == UINT32_MAX)
        return buf_printf(sql, "COPY %s %s%s%s TO STDOUT", table->name, bracket, table->columns,
                          *bracket != '\0' ? ")" : "");
    rc = buf_printf(sql, "COPY (SELECT %s FROM ONLY %s WHERE ctid >= '(%u,0)'", table->columns,
                    table->name, first_page);
    if (rc == 0 && end_page != UINT32_MAX)
        rc = buf_printf(sql, " AND ctid < '(%u,0)'", end_page);
    return rc != 0 ? -1 : buf_add_text(sql, ") TO STDOUT");
}
