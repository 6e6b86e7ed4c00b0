/*
 * Writes pg_dump's archive, without the rows of some tables, to standard output.
 *
 *     dump_without URL PG_DUMP [PG_DUMP_OPTION]... <TABLES
 *
 * TABLES are schema and name, each followed by a NUL byte. LOCK_TIMEOUT in the environment is in
 * milliseconds.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/error.h"
#include "base/interrupt.h"
#include "base/io.h"
#include "base/stream.h"
#include "pg/connection.h"
#include "pg/pgdump.h"
#include "pg/session.h"
#include "pg/snapshot.h"

static int read_tables(struct buf *text)
{
    struct io_file in = {.fd = 0, .name = "standard input"};
    struct reader reader = io_reader(&in);
    char bytes[4096];
    ssize_t n;

    while ((n = reader_fill(&reader, bytes, sizeof(bytes))) > 0)
        if (buf_add(text, bytes, (size_t)n) != 0)
            return -1;
    return (int)n;
}

static size_t split(const struct buf *text, struct pg_table_name *tables)
{
    const char *end = text->data + text->len;
    size_t n = 0;

    for (const char *at = text->data; at < end; n++) {
        tables[n].schema = at;
        at += strlen(at) + 1;
        tables[n].name = at;
        at += strlen(at) + 1;
    }
    return n;
}

static int copy_out(struct child *child)
{
    struct reader out = child_output(child);
    static char bytes[65536];
    ssize_t n;

    while ((n = reader_fill(&out, bytes, sizeof(bytes))) > 0)
        if (io_print(bytes, (size_t)n) != 0)
            return -1;
    return n < 0 ? -1 : child_wait(child);
}

static int run(struct pg_dump_options *options, struct buf *text)
{
    const struct pg_session session = {0};
    const char *timeout = getenv("LOCK_TIMEOUT");
    struct pg_table_name *tables;
    struct child *child = NULL;
    char *snapshot;
    int rc;

    if (read_tables(text) != 0 || pg_session_prepare(options->conn, &session) != 0 ||
        (snapshot = pg_snapshot_export(options->conn)) == NULL)
        return -1;
    tables = calloc(text->len + 1, sizeof(*tables));
    options->n_without_rows_of = split(text, tables);
    options->without_rows_of = tables;
    options->snapshot = snapshot;
    options->lock_timeout_ms = timeout != NULL ? atoi(timeout) : 0;
    child = pg_dump_start(options);
    rc = child == NULL ? -1 : copy_out(child);
    child_free(child);
    free(tables);
    free(snapshot);
    return rc;
}

int main(int argc, char **argv)
{
    struct buf text = {0};
    int rc = 1;

    if (argc < 3 || interrupt_init() != 0)
        return 2;
    struct pg_dump_options options = {.path = argv[2],
                                      .conninfo = argv[1],
                                      .conn = pg_connect(argv[1]),
                                      .user = (const char *const *)argv + 3};
    if (options.conn != NULL)
        rc = run(&options, &text) != 0;
    if (rc != 0)
        fprintf(stderr, "%s\n", error_text());
    PQfinish(options.conn);
    buf_free(&text);
    return rc;
}
