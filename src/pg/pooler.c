#include "pg/pooler.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/log.h"
#include "pg/connection.h"
#include "pg/conninfo.h"

extern char **environ;

/* Another client of the pooler may be quicker now and then: looked at this often. */
#define LOOKS 3

#define WHICH_BACKEND "SELECT pg_catalog.pg_backend_pid()"

/* The process id in the query's result, which may be NULL and is freed, or -1. */
static int take_pid(PGresult *result)
{
    const int pid = result != NULL ? atoi(PQgetvalue(result, 0, 0)) : -1;

    PQclear(result);
    return pid;
}

/* The process id of the session that answers, or -1 with the error set. */
static int backend_pid(PGconn *conn)
{
    return take_pid(pg_query_under_timeout(conn, WHICH_BACKEND));
}

/* The same within a transaction, which a timeout ends: tried once. */
static int backend_pid_within(PGconn *conn)
{
    return take_pid(pg_query(conn, WHICH_BACKEND));
}

/*
 * Whether a second connection, in a transaction, gets the first one's session, or makes the first
 * one change. Returns 1, 0, or -1 with the error set.
 */
static int shares_sessions(PGconn *conn, PGconn *other)
{
    for (int i = 0; i < LOOKS; i++) {
        int mine = backend_pid(conn), theirs, mine_again;

        if (mine < 0 || pg_command_under_timeout(other, "BEGIN") != 0 ||
            (theirs = backend_pid_within(other)) < 0 || (mine_again = backend_pid(conn)) < 0 ||
            pg_command(other, "ROLLBACK") != 0)
            return -1;
        if (theirs == mine || mine_again != mine)
            return 1;
    }
    return 0;
}

static bool same_option(const char *one, const char *other, const char *keyword)
{
    char *a = pg_conninfo_option(one, keyword), *b = pg_conninfo_option(other, keyword);
    bool same = a != NULL && b != NULL && strcmp(a, b) == 0;

    free(a);
    free(b);
    return same;
}

/* The name of a variable with a URL of the same user and database at another place: its length in
 * *len. NULL where there is none. */
static const char *find_direct(const char *conninfo, size_t *len)
{
    for (size_t i = 0; environ[i] != NULL; i++) {
        const char *value = strchr(environ[i], '=');

        if (value == NULL || strncmp(++value, "postgres", 8) != 0 ||
            pg_conninfo_check(value) != 0 || !same_option(value, conninfo, "dbname") ||
            !same_option(value, conninfo, "user"))
            continue;
        if (same_option(value, conninfo, "host") && same_option(value, conninfo, "port"))
            continue;
        *len = (size_t)(value - environ[i]) - 1;
        return environ[i];
    }
    return NULL;
}

static int refuse(const char *conninfo)
{
    size_t len = 0;
    const char *direct = find_direct(conninfo, &len);

    if (direct != NULL)
        return error_set("the database URL leads to a transaction pooler, which cannot hold a "
                         "snapshot: use the direct one, -d %.*s",
                         (int)len, direct);
    return error_set(
        "the database URL leads to a transaction pooler, which cannot hold a snapshot: "
        "use the database's direct URL");
}

int pg_pooler_check(PGconn *conn, const char *conninfo)
{
    int pid = backend_pid(conn), shares = -1;
    PGconn *other;

    if (pid < 0)
        return -1;
    /* The server says at connecting which process cancels; a pooler says something of its own. */
    if (pid == PQbackendPID(conn))
        return 0;
    other = pg_connect(conninfo);
    if (other != NULL)
        shares = shares_sessions(conn, other);
    PQfinish(other);
    if (shares > 0)
        return refuse(conninfo);
    if (shares == 0)
        log_debug("a proxy stands before the database server; it keeps sessions apart");
    return shares;
}
