#include "pg/connection.h"

#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/error.h"
#include "base/io.h"
#include "pg/conninfo.h"

#define CONNECT_TIMEOUT_SECONDS 30

/* libpq's messages end in a newline, and some have several lines. */
static int set_libpq_error(const char *message)
{
    char *line = strdup(message);
    size_t len;

    if (line == NULL)
        return error_set("out of memory");
    len = strlen(line);
    while (len > 0 && line[len - 1] == '\n')
        line[--len] = '\0';
    for (char *at = line; *at != '\0'; at++)
        if (*at == '\n' || *at == '\t')
            *at = ' ';
    error_set("%s", line);
    free(line);
    return -1;
}

static int connect_timeout(PGconn *conn)
{
    PQconninfoOption *options = PQconninfo(conn);
    int seconds = 0;

    for (PQconninfoOption *o = options; o != NULL && o->keyword != NULL; o++)
        if (strcmp(o->keyword, "connect_timeout") == 0 && o->val != NULL)
            seconds = atoi(o->val);
    PQconninfoFree(options);
    return seconds > 0 ? seconds : CONNECT_TIMEOUT_SECONDS;
}

static long long now_ms(void)
{
    struct timespec ts;

    clock_gettime(CLOCK_MONOTONIC, &ts);
    return (long long)ts.tv_sec * 1000 + ts.tv_nsec / 1000000;
}

static int wait_until_connected(PGconn *conn)
{
    int seconds = connect_timeout(conn);
    long long deadline = now_ms() + seconds * 1000LL;
    PostgresPollingStatusType state = PGRES_POLLING_WRITING;

    while (PQstatus(conn) != CONNECTION_BAD && state != PGRES_POLLING_OK) {
        long long left = deadline - now_ms();
        int ready;

        if (state == PGRES_POLLING_FAILED)
            break;
        ready = left <= 0 ? 0
                          : io_wait(PQsocket(conn),
                                    state == PGRES_POLLING_READING ? POLLIN : POLLOUT, (int)left);
        if (ready < 0)
            return -1;
        if (ready == 0)
            return error_set("no answer from the database server at %s port %s within %d s",
                             PQhost(conn), PQport(conn), seconds);
        state = PQconnectPoll(conn);
    }
    if (PQstatus(conn) != CONNECTION_OK)
        return set_libpq_error(PQerrorMessage(conn));
    return 0;
}

static int prepare_session(PGconn *conn)
{
    static const char settings[] = "SET lock_timeout = 0; "
                                   "SET idle_in_transaction_session_timeout = 0; "
                                   "SET search_path = ''; SET TimeZone = 'UTC'";

    /* Alone and first: a role's own statement_timeout holds until this one is through. */
    if (pg_command(conn, "SET statement_timeout = 0") != 0 || pg_command(conn, settings) != 0)
        return -1;
    return pg_server_major(conn) >= 17 ? pg_command(conn, "SET transaction_timeout = 0") : 0;
}

/* libpq's notices would go to standard error, between the lines of the log. */
static void ignore_notice(void *self, const PGresult *result)
{
    (void)self;
    (void)result;
}

PGconn *pg_connect(const char *conninfo)
{
    const char *const keywords[] = {"dbname", "fallback_application_name", NULL};
    const char *const values[] = {conninfo, "dynodrop/" DYNODROP_VERSION, NULL};
    PGconn *conn;

    if (pg_conninfo_check(conninfo) != 0)
        return NULL;
    conn = PQconnectStartParams(keywords, values, 1);
    if (conn == NULL) {
        error_set("out of memory");
        return NULL;
    }
    PQsetNoticeReceiver(conn, ignore_notice, NULL);
    if (wait_until_connected(conn) != 0 || prepare_session(conn) != 0) {
        error_add_context("cannot connect to the database");
        PQfinish(conn);
        return NULL;
    }
    return conn;
}

PGresult *pg_query(PGconn *conn, const char *sql)
{
    PGresult *last = NULL, *result;
    ExecStatusType status;

    if (PQsendQuery(conn, sql) == 0) {
        set_libpq_error(PQerrorMessage(conn));
        return NULL;
    }
    for (;;) {
        while (PQisBusy(conn)) {
            if (io_wait(PQsocket(conn), POLLIN, -1) < 0)
                goto fail;
            if (PQconsumeInput(conn) == 0) {
                set_libpq_error(PQerrorMessage(conn));
                goto fail;
            }
        }
        result = PQgetResult(conn);
        if (result == NULL)
            break;
        if (last != NULL && PQresultStatus(last) == PGRES_FATAL_ERROR) {
            PQclear(result);
            continue;
        }
        PQclear(last);
        last = result;
    }
    status = PQresultStatus(last);
    if (status == PGRES_COMMAND_OK || status == PGRES_TUPLES_OK)
        return last;
    set_libpq_error(PQresultErrorMessage(last));

fail:
    PQclear(last);
    return NULL;
}

int pg_command(PGconn *conn, const char *sql)
{
    PGresult *result = pg_query(conn, sql);

    if (result == NULL)
        return -1;
    PQclear(result);
    return 0;
}

int pg_server_major(const PGconn *conn)
{
    return PQserverVersion(conn) / 10000;
}
