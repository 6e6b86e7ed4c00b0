/*
 * Rows into a database, by COPY ... FROM STDIN, in a way that ends when it must.
 *
 * A thread may use one connection while others use theirs.
 */
#ifndef PG_LOAD_H
#define PG_LOAD_H

#include <libpq-fe.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* How rows are to be read by the server. What it points to is the caller's. */
struct pg_load_session {
    const char *role;     /* to load as; or NULL: as who connected */
    bool row_security;    /* let policies decide, instead of failing where there are any */
    const char *encoding; /* of the rows, an archive's ENCODING; or NULL: as connected */
};

/*
 * Makes the settings of a session that loads rows, which are pg_restore's; to be called outside a
 * transaction. Commits do not wait for the server's disk any more: see pg_load_settle(). Returns 0,
 * or -1 with the error set.
 */
int pg_load_prepare(PGconn *conn, const struct pg_load_session *session);

/* Has the server's disk keep all that other sessions have committed so far. Returns 0, or -1 with
 * the error set. */
int pg_load_settle(PGconn *conn);

struct pg_load {
    PGconn *conn;
    int stop_fd; /* once it is readable, every call fails; -1 for none */
};

/*
 * Runs a COPY ... FROM STDIN as a transaction of its own, and waits until it begins. Each of these
 * returns 0, or -1 with the error set; then nothing of that COPY is in the table, and the
 * connection is ready for the next one unless it is lost, which PQstatus() tells.
 */
int pg_load_start(struct pg_load *load, const char *copy_statement);

/* Sends len bytes of COPY text, which need not be whole rows. What the server has against them may
 * not be told before the end. */
int pg_load_put(struct pg_load *load, const char *data, size_t len);

/* Ends the COPY and waits for the server to commit it. *rows becomes how many it has taken. */
int pg_load_end(struct pg_load *load, uint64_t *rows);

/* Breaks the COPY off, so that it leaves nothing. Keeps the error that is set. */
void pg_load_break_off(struct pg_load *load);

#endif
