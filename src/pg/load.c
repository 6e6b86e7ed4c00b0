#include "pg/load.h"

#include <limits.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/error.h"
#include "pg/connection.h"
#include "pg/session.h"
#include "pg/sql.h"
#include "pg/wait.h"

/* As _doSetFixedOutputState() in PostgreSQL's src/bin/pg_dump/pg_backup_archiver.c has it. */
static int add_settings(struct buf *sql, PGconn *conn, const struct pg_load_session *s)
{
    static const char always[] = "SET check_function_bodies = false;"
                                 "SET xmloption = content;"
                                 "SET client_min_messages = warning;"
                                 "SET synchronous_commit = off;";

    if (pg_session_add_common(sql, conn, s->row_security) != 0 || buf_add_text(sql, always) != 0)
        return -1;
    if (s->role == NULL)
        return 0;
    return buf_add_text(sql, "SET ROLE ") == 0 ? sql_add_name(sql, conn, s->role) : -1;
}

int pg_load_prepare(PGconn *conn, const struct pg_load_session *session)
{
    struct buf sql = {0};
    int rc = pg_session_lift_timeout(conn, session->encoding);

    if (rc == 0)
        rc = add_settings(&sql, conn, session);
    if (rc == 0)
        rc = pg_command_under_timeout(conn, sql.data);
    buf_free(&sql);
    return rc;
}

/* A commit is on the disk only behind all those before it; one of a transaction without an id is
 * not written at all. */
int pg_load_settle(PGconn *conn)
{
    return pg_command(conn, "SET synchronous_commit = on; SELECT pg_catalog.txid_current()");
}

/*
 * Sets the error of a connection that has failed. What the server said before it went stands behind
 * what libpq knows, which looks at it only once the COPY has ended. That does not wait: there is
 * nothing more to come.
 */
static int lost(struct pg_load *l)
{
    PGresult *last;

    pg_error_set(PQerrorMessage(l->conn));
    if (PQstatus(l->conn) == CONNECTION_OK)
        return -1;
    PQputCopyEnd(l->conn, NULL);
    last = PQgetResult(l->conn);
    if (PQresultErrorField(last, PG_DIAG_SQLSTATE) != NULL)
        pg_error_set(PQresultErrorMessage(last));
    PQclear(last);
    return -1;
}

/* Sends what libpq has buffered. Whatever the server says meanwhile is taken in: it would wait for
 * us with a full connection. */
static int flush(struct pg_load *l)
{
    int left;

    while ((left = PQflush(l->conn)) > 0) {
        int ready = pg_wait(l->conn, POLLIN | POLLOUT, l->stop_fd);

        if (ready < 0)
            return -1;
        if ((ready & POLLIN) != 0 && PQconsumeInput(l->conn) == 0)
            return lost(l);
    }
    return left == 0 ? 0 : lost(l);
}

/* Reads results up to the beginning of a COPY, or all of them. Returns 1, 0, or -1 with the error
 * set. *rows becomes what the last command says. */
static int read_results(struct pg_load *l, uint64_t *rows)
{
    PGresult *result;
    int rc = 0;

    for (;;) {
        ExecStatusType status;

        while (PQisBusy(l->conn)) {
            if (pg_wait(l->conn, POLLIN, l->stop_fd) < 0)
                return -1;
            if (PQconsumeInput(l->conn) == 0)
                return lost(l);
        }
        result = PQgetResult(l->conn);
        if (result == NULL)
            return rc;
        status = PQresultStatus(result);
        if (status == PGRES_COMMAND_OK)
            *rows = strtoull(PQcmdTuples(result), NULL, 10);
        else if (status != PGRES_COPY_IN && rc == 0)
            rc = pg_error_set(PQresultErrorMessage(result));
        PQclear(result);
        if (status == PGRES_COPY_IN)
            return 1;
    }
}

int pg_load_start(struct pg_load *l, const char *copy_statement)
{
    uint64_t rows;
    int rc;

    if (PQsetnonblocking(l->conn, 1) != 0 || PQsendQuery(l->conn, copy_statement) == 0)
        return lost(l);
    if (flush(l) != 0)
        return -1;
    rc = read_results(l, &rows);
    if (rc == 0)
        return error_set("the database server does not begin to take rows");
    return rc < 0 ? -1 : 0;
}

int pg_load_put(struct pg_load *l, const char *data, size_t len)
{
    while (len > 0) {
        const int part = len < INT_MAX ? (int)len : INT_MAX;
        int taken = PQputCopyData(l->conn, data, part);

        if (taken < 0)
            return lost(l);
        if (taken > 0) {
            data += part;
            len -= (size_t)part;
        }
        if (flush(l) != 0)
            return -1;
    }
    return 0;
}

/* Ends the COPY, well where there is no reason against it. */
static int end(struct pg_load *l, const char *reason, uint64_t *rows)
{
    int sent;

    while ((sent = PQputCopyEnd(l->conn, reason)) == 0)
        if (flush(l) != 0)
            return -1;
    if (sent < 0)
        return lost(l);
    return flush(l) == 0 ? read_results(l, rows) : -1;
}

int pg_load_end(struct pg_load *l, uint64_t *rows)
{
    *rows = 0;
    return end(l, NULL, rows) == 0 ? 0 : -1;
}

void pg_load_break_off(struct pg_load *l)
{
    char *error = strdup(error_text());
    uint64_t rows;

    if (PQstatus(l->conn) == CONNECTION_OK && end(l, "the rows are not whole", &rows) > 0)
        error_set("the database server begins to take rows anew");
    error_set("%s", error != NULL ? error : "out of memory");
    free(error);
}
