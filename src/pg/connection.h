/*
 * Connections and queries that a signal can end.
 */
#ifndef PG_CONNECTION_H
#define PG_CONNECTION_H

#include <libpq-fe.h>
#include <stdbool.h>

/*
 * Connects, for at most the string's connect_timeout, or 30 s. Changes nothing in the session: it
 * may be a pooler's, and then the next client's (pooler.h). Returns the connection, to be closed
 * with PQfinish(), or NULL with the error set.
 */
PGconn *pg_connect(const char *conninfo);

/*
 * Another connection to the very server (address, port), database and user that `conn`, connected
 * by `conninfo`, has: with its options and password, and without asking a resolver. Takes as long
 * as pg_connect() and returns what it does. Any thread may call it, also while others use `conn`
 * or connect by it, but not while one resets or finishes it.
 */
PGconn *pg_connect_same(PGconn *conn, const char *conninfo);

/*
 * Runs one SQL command and waits for it. Returns its result, to be freed with PQclear(), or NULL
 * with the error set to what the server says.
 */
PGresult *pg_query(PGconn *conn, const char *sql);

/*
 * The same, before a role's own statement_timeout is lifted, for a short command that does no harm
 * twice: one that the server breaks off is tried again, a few times. A timeout that is short hits
 * any command now and then on a server that is busy. Not within a transaction, which the server
 * then breaks off as well.
 */
PGresult *pg_query_under_timeout(PGconn *conn, const char *sql);

/* Waits for the next result of commands that were sent. Returns it, to be freed with PQclear(), or
 * NULL where there is none; then *rc is -1, with the error set, if the connection was lost or a
 * signal came, and left alone otherwise. */
PGresult *pg_next_result(PGconn *conn, int *rc);

/* The same for commands whose result does not matter. Return 0, or -1 with the error set. */
int pg_command(PGconn *conn, const char *sql);
int pg_command_under_timeout(PGconn *conn, const char *sql);

/* Looks whether an idle connection has been lost; does not wait. Returns 0, or -1 with the error
 * set. */
int pg_check_idle(PGconn *conn);

/* Sets the error to what libpq says, as one line. Always returns -1. */
int pg_error_set(const char *message);

/* Whether the result is an error of this SQLSTATE, five characters. */
bool pg_result_has_state(const PGresult *result, const char *state);

/* The server's major version. */
int pg_server_major(const PGconn *conn);

#endif
