#include "pg/copy.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <sys/ioctl.h>

#include "base/error.h"
#include "base/interrupt.h"
#include "base/os.h"
#include "pg/connection.h"

#define LOCK_NOT_AVAILABLE "55P03"

/* Waits until the server has sent something. */
static int wait_for_input(struct pg_copy *c)
{
    struct pollfd fds[3] = {{.fd = PQsocket(c->conn), .events = POLLIN},
                            {.fd = interrupt_fd(), .events = POLLIN},
                            {.fd = c->stop_fd, .events = POLLIN}};

    for (;;) {
        int n = poll(fds, 3, -1);

        if (interrupt_signal() != 0)
            return interrupt_error();
        if (n < 0 && errno != EINTR)
            return error_set_errno("cannot wait for the database server");
        if (n > 0 && fds[2].revents != 0)
            return error_set("told to stop reading");
        if (n > 0 && fds[0].revents != 0)
            return 0;
    }
}

static int receive(struct pg_copy *c)
{
    int waiting = 0;

    if (wait_for_input(c) != 0)
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
static int check_count(const struct pg_copy *c, PGresult *result)
{
    unsigned long long sent;

    if (sscanf(PQcmdStatus(result), "COPY %llu", &sent) != 1 || sent == c->rows)
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

int pg_copy_start(struct pg_copy *c, const char *sql)
{
    int rc;

    c->lock_refused = c->announced = false;
    c->rows = 0;
    c->asked_for = os_memory_asked_for();
    if (PQsendQuery(c->conn, sql) == 0)
        return pg_error_set(PQerrorMessage(c->conn));
    rc = read_results(c);
    c->pending = 0;
    if (rc == 0)
        return error_set("the database server does not begin to send rows");
    return rc < 0 ? -1 : 0;
}

static enum pg_copy_step take_row(struct pg_copy *c, size_t *len, int n)
{
    *len = (size_t)n;
    c->rows++;
    c->pending = 0;
    c->was_large = c->was_large || *len > c->large;
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

enum pg_copy_step pg_copy_next(struct pg_copy *c, char **row, size_t *len)
{
    for (;;) {
        int n = PQgetCopyData(c->conn, row, 1);

        if (n > 0)
            return take_row(c, len, n);
        if (n == -1)
            return read_results(c) < 0 ? PG_COPY_FAILED : PG_COPY_END;
        if (n < 0) {
            pg_error_set(PQerrorMessage(c->conn));
            return PG_COPY_FAILED;
        }
        if (!c->announced && is_large(c)) {
            c->announced = c->was_large = true;
            return PG_COPY_LARGE;
        }
        if (receive(c) != 0)
            return PG_COPY_FAILED;
    }
}
