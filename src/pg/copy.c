#include "pg/copy.h"

#include <limits.h>
#include <poll.h>
#include <stdio.h>
#include <sys/ioctl.h>

#include "base/error.h"
#include "base/os.h"
#include "pg/connection.h"
#include "pg/wait.h"

#define LOCK_NOT_AVAILABLE "55P03"

/* libpq reads as much as its buffer has room for: 16 KB at first, and after a row for which that
 * was too small as much as it then came to, here 128 KB. */
#define ROW_TO_WIDEN_BUFFER "SELECT pg_catalog.repeat(' ', 120000)"

static int receive(struct pg_copy *c)
{
    int waiting = 0;

    if (pg_wait(c->conn, POLLIN, c->stop_fd) < 0)
        return -1;
    if (ioctl(PQsocket(c->conn), FIONREAD, &waiting) == 0 && waiting > 0)
        c->pending += (size_t)waiting;
    return PQconsumeInput(c->conn) == 1 ? 0 : pg_error_set(PQerrorMessage(c->conn));
}

/* The next result, or NULL where there is none; *rc becomes -1 with the error set where there will
 * be none. */
static PGresult *next_result(struct pg_copy *c, int *rc)
{
    while (PQisBusy(c->conn))
        if (receive(c) != 0) {
            *rc = -1;
            return NULL;
        }
    return PQgetResult(c->conn);
}

/* Takes note of an error. */
static int result_error(struct pg_copy *c, const PGresult *result)
{
    c->lock_refused = pg_result_has_state(result, LOCK_NOT_AVAILABLE);
    return pg_error_set(PQresultErrorMessage(result));
}

/* The server says at the end how many rows it has sent. */
static int check_count(struct pg_copy *c, PGresult *result)
{
    unsigned long long sent;

    if (sscanf(PQcmdStatus(result), "COPY %llu", &sent) != 1)
        return 0;
    c->counted = true;
    if (sent == c->rows)
        return 0;
    return error_set("the database server has sent %llu rows, and %llu have come", sent,
                     (unsigned long long)c->rows);
}

/* Reads results up to the beginning of a COPY, or all of them. Returns 1, 0, or -1 with the error
 * set. */
static int read_results(struct pg_copy *c)
{
    PGresult *result;
    int rc = 0;

    while ((result = next_result(c, &rc)) != NULL) {
        ExecStatusType status = PQresultStatus(result);

        if (status == PGRES_COMMAND_OK && rc == 0)
            rc = check_count(c, result);
        else if (status != PGRES_COPY_OUT && status != PGRES_TUPLES_OK && rc == 0)
            rc = result_error(c, result);
        PQclear(result);
        if (status == PGRES_COPY_OUT)
            return 1;
    }
    return rc;
}

int pg_copy_prepare(PGconn *conn)
{
    return pg_command(conn, ROW_TO_WIDEN_BUFFER);
}

int pg_copy_start(struct pg_copy *c, const char *sql)
{
    int rc;

    c->lock_refused = c->announced = c->counted = false;
    c->rows = 0;
    c->row_len = 0;
    c->asked_for = os_memory_asked_for();
    if (PQsendQuery(c->conn, sql) == 0)
        return pg_error_set(PQerrorMessage(c->conn));
    rc = read_results(c);
    c->pending = 0;
    if (rc == 0)
        return error_set("the database server does not begin to send rows");
    return rc < 0 ? -1 : 0;
}

static int end_copy(struct pg_copy *c)
{
    int rc = read_results(c);

    if (rc == 0 && !c->counted)
        rc = error_set("the database server has not said how many rows it has sent");
    return rc == 0 ? 0 : -1;
}

/* What n bytes are that have been taken into the room. */
static enum pg_copy_step taken(struct pg_copy *c, const char *room, size_t n)
{
    c->row_len += n;
    if (room[n - 1] != '\n')
        return PG_COPY_PART;
    c->was_large = c->was_large || c->row_len > c->large;
    c->rows++;
    c->row_len = c->pending = 0;
    c->announced = false;
    return PG_COPY_ROW;
}

/*
 * Whether the row on its way is large. libpq makes room for all of a row once it has seen its
 * beginning, and then reads as much of it as there is. So it is the room that tells: memory that
 * was asked for, by libpq or, now and then, by another thread.
 */
static bool is_large(struct pg_copy *c)
{
    size_t before = c->asked_for;

    c->asked_for = os_memory_asked_for();
    return c->pending > c->large || c->asked_for > before + c->large;
}

/*
 * PQgetlineAsync() is the older sibling of PQgetCopyData(). It copies the row to where it is
 * wanted, where the other allocates memory for each, and twice a large one's. That it does not tell
 * an error from the end does no harm: the result behind it does, with the number of rows.
 */
enum pg_copy_step pg_copy_next(struct pg_copy *c, char *room, size_t size, size_t *len)
{
    for (;;) {
        int n = PQgetlineAsync(c->conn, room, size < INT_MAX ? (int)size : INT_MAX);

        if (n > 0) {
            *len = (size_t)n;
            return taken(c, room, *len);
        }
        if (n < 0)
            return end_copy(c) == 0 ? PG_COPY_END : PG_COPY_FAILED;
        if (!c->announced && is_large(c)) {
            c->announced = c->was_large = true;
            return PG_COPY_LARGE;
        }
        if (receive(c) != 0)
            return PG_COPY_FAILED;
    }
}
