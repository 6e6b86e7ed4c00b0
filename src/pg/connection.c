#include "pg/connection.h"

#include <arpa/inet.h>
#include <poll.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/error.h"
#include "base/io.h"
#include "pg/conninfo.h"
#include "pg/lookup.h"
#include "pg/tls.h"

#define CONNECT_TIMEOUT_SECONDS 30
#define ATTEMPTS_UNDER_TIMEOUT  10

/* What pg_stat_activity shows. */
static const char our_name[] = "dynodrop/" DYNODROP_VERSION;

int pg_error_set(const char *message)
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

static int connect_timeout(const char *conninfo)
{
    char *text = pg_conninfo_option(conninfo, "connect_timeout");
    int seconds = text != NULL ? atoi(text) : 0;

    free(text);
    return seconds > 0 ? seconds : CONNECT_TIMEOUT_SECONDS;
}

/* Whether libpq would ask the resolver for it: a single name. It does so itself, deaf to signals,
 * only for the names of a list. */
static bool is_host_name(const char *host)
{
    unsigned char address[sizeof(struct in6_addr)];

    return host != NULL && *host != '\0' && *host != '/' && *host != '@' &&
           strchr(host, ',') == NULL && inet_pton(AF_INET, host, address) != 1 &&
           inet_pton(AF_INET6, host, address) != 1;
}

/*
 * Looks up the string's host: fills in the list of its addresses, and one of its name as often, as
 * libpq wants them; both stay empty where there is nothing to look up. Returns 0, or -1 with the
 * error set.
 */
static int find_addresses(const char *conninfo, int seconds, struct buf *hosts,
                          struct buf *addresses)
{
    char *host = pg_conninfo_option(conninfo, "host");
    char *given = pg_conninfo_option(conninfo, "hostaddr");
    int n = 0, rc = 0;

    if (is_host_name(host) && given == NULL)
        n = lookup_host(host, seconds * 1000, addresses);
    for (int i = 0; i < n && rc == 0; i++)
        rc = buf_printf(hosts, "%s%s", i > 0 ? "," : "", host);
    free(given);
    free(host);
    return n < 0 ? -1 : rc;
}

/* libpq's arguments: of two with one keyword it takes the later. */
struct params {
    const char *keywords[PG_CONNINFO_MOST_DEFAULTS + 5]; /* the last stays NULL */
    const char *values[PG_CONNINFO_MOST_DEFAULTS + 5];
    size_t n;
};

static void add_param(struct params *p, const char *keyword, const char *value)
{
    p->keywords[p->n] = keyword;
    p->values[p->n++] = value;
}

/* libpq's notices would go to standard error, between the lines of the log. */
static void ignore_notice(void *self, const PGresult *result)
{
    (void)self;
    (void)result;
}

static PGconn *start_connection(const struct params *p)
{
    PGconn *conn = PQconnectStartParams(p->keywords, p->values, 1);

    if (conn == NULL)
        error_set("out of memory");
    else
        PQsetNoticeReceiver(conn, ignore_notice, NULL);
    return conn;
}

/* Begins to connect to the string's server. Returns NULL with the error set. */
static PGconn *start_first(const char *conninfo, int seconds)
{
    struct pg_conninfo_default defaults[PG_CONNINFO_MOST_DEFAULTS + 1];
    struct buf hosts = {0}, addresses = {0};
    struct params p = {0};
    PGconn *conn = NULL;

    pg_conninfo_defaults(conninfo, defaults);
    for (const struct pg_conninfo_default *d = defaults; d->keyword != NULL; d++)
        add_param(&p, d->keyword, d->value);
    add_param(&p, "dbname", conninfo);
    add_param(&p, "fallback_application_name", our_name);
    if (find_addresses(conninfo, seconds, &hosts, &addresses) == 0) {
        if (addresses.len > 0) {
            add_param(&p, "host", hosts.data);
            add_param(&p, "hostaddr", addresses.data);
        }
        conn = start_connection(&p);
    }
    buf_free(&hosts);
    buf_free(&addresses);
    return conn;
}

/* Begins to connect to the server of `conn`. Returns NULL with the error set. */
static PGconn *start_same(PGconn *conn, const char *conninfo)
{
    char *server = pg_conninfo_for_child(conninfo, conn);
    struct params p = {0};
    PGconn *other;

    if (server == NULL)
        return NULL;
    add_param(&p, "dbname", server);
    add_param(&p, "fallback_application_name", our_name);
    add_param(&p, "password", PQpass(conn));
    other = start_connection(&p);
    free(server);
    return other;
}

static int wait_until_connected(PGconn *conn, int seconds)
{
    int64_t deadline = clock_ms() + seconds * 1000;
    PostgresPollingStatusType state = PGRES_POLLING_WRITING;

    while (PQstatus(conn) != CONNECTION_BAD && state != PGRES_POLLING_OK) {
        int64_t left = deadline - clock_ms();
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
        return pg_error_set(PQerrorMessage(conn));
    return 0;
}

/* Goes on with what was begun, which may be NULL. Returns it, or NULL with the error set. */
static PGconn *finish_connection(PGconn *conn, int seconds)
{
    if (conn == NULL || wait_until_connected(conn, seconds) != 0) {
        error_add_context("cannot connect to the database");
        PQfinish(conn);
        return NULL;
    }
    return conn;
}

PGconn *pg_connect(const char *conninfo)
{
    PGconn *conn;
    int seconds;

    if (pg_conninfo_check(conninfo) != 0)
        return NULL;
    seconds = connect_timeout(conninfo);
    conn = finish_connection(start_first(conninfo, seconds), seconds);
    if (conn == NULL)
        pg_tls_advise(conninfo);
    return conn;
}

PGconn *pg_connect_same(PGconn *conn, const char *conninfo)
{
    return finish_connection(start_same(conn, conninfo), connect_timeout(conninfo));
}

PGresult *pg_next_result(PGconn *conn, int *rc)
{
    while (PQisBusy(conn)) {
        if (io_wait(PQsocket(conn), POLLIN, -1) < 0) {
            *rc = -1;
            return NULL;
        }
        if (PQconsumeInput(conn) == 0) {
            *rc = pg_error_set(PQerrorMessage(conn));
            return NULL;
        }
    }
    return PQgetResult(conn);
}

/* Runs a command. Returns its last result, or the error's, or NULL with the error set where it has
 * none. */
static PGresult *run(PGconn *conn, const char *sql)
{
    PGresult *last = NULL, *result;
    int rc = 0;

    if (PQsendQuery(conn, sql) == 0) {
        pg_error_set(PQerrorMessage(conn));
        return NULL;
    }
    while ((result = pg_next_result(conn, &rc)) != NULL) {
        if (last != NULL && PQresultStatus(last) == PGRES_FATAL_ERROR) {
            PQclear(result);
            continue;
        }
        PQclear(last);
        last = result;
    }
    if (rc == 0 && last != NULL)
        return last;
    if (rc == 0)
        error_set("the database server does not answer");
    PQclear(last);
    return NULL;
}

/* Returns the result, or NULL with the error set where it is one, or is NULL. */
static PGresult *take(PGresult *result)
{
    const ExecStatusType status = PQresultStatus(result);

    if (result == NULL || status == PGRES_COMMAND_OK || status == PGRES_TUPLES_OK)
        return result;
    pg_error_set(PQresultErrorMessage(result));
    PQclear(result);
    return NULL;
}

PGresult *pg_query(PGconn *conn, const char *sql)
{
    return take(run(conn, sql));
}

PGresult *pg_query_under_timeout(PGconn *conn, const char *sql)
{
    PGresult *result = run(conn, sql);

    for (int i = 1; i < ATTEMPTS_UNDER_TIMEOUT; i++) {
        if (result == NULL || !pg_result_has_state(result, "57014"))
            break;
        PQclear(result);
        result = run(conn, sql);
    }
    return take(result);
}

/* For a result that does not matter. */
static int leave(PGresult *result)
{
    const int rc = result != NULL ? 0 : -1;

    PQclear(result);
    return rc;
}

int pg_command(PGconn *conn, const char *sql)
{
    return leave(pg_query(conn, sql));
}

int pg_command_under_timeout(PGconn *conn, const char *sql)
{
    return leave(pg_query_under_timeout(conn, sql));
}

int pg_check_idle(PGconn *conn)
{
    struct pollfd fd = {.fd = PQsocket(conn), .events = POLLIN};

    if (poll(&fd, 1, 0) <= 0 || PQconsumeInput(conn) == 1)
        return 0;
    return pg_error_set(PQerrorMessage(conn));
}

bool pg_result_has_state(const PGresult *result, const char *state)
{
    const char *its = PQresultErrorField(result, PG_DIAG_SQLSTATE);

    return its != NULL && strcmp(its, state) == 0;
}

int pg_server_major(const PGconn *conn)
{
    return PQserverVersion(conn) / 10000;
}
