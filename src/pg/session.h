/*
 * The settings of a session that reads rows: those that pg_dump would have, so that COPY writes
 * what pg_dump would have written, and beside them what makes equal rows equal texts (the time zone
 * and the like).
 */
#ifndef PG_SESSION_H
#define PG_SESSION_H

#include <libpq-fe.h>
#include <stdbool.h>

#include "base/buf.h"

/* All zero is a session for a dump without options. What it points to is the caller's. */
struct pg_session {
    const char *role;               /* to read as; or NULL: as who connected */
    bool row_security;              /* read what the policies show, instead of failing where they
                                       hide rows */
    const char *extra_float_digits; /* or NULL: 3, so that no digit is lost */
    const char *encoding;           /* of the rows, an archive's ENCODING; or NULL: as connected */
    const char *lc_monetary;        /* how amounts of money are written; or NULL: as connected */
};

/*
 * Fills in what of it the options for pg_dump say, a NULL-ended list that must outlive it; or NULL.
 * The encoding they do not tell: it is in the archive that pg_dump makes. Returns 0, or -1 with the
 * error set.
 */
int pg_session_from_options(struct pg_session *session, const char *const *user);

/*
 * Lifts a role's own statement_timeout, which holds until this command is through, and has texts
 * read in this encoding from the next one on, unless it is NULL. That next one has to be run as
 * pg_command_under_timeout() does: where the time is over just when the server is done with this
 * one, it breaks off what comes then. To be called outside a transaction. Returns 0, or -1 with the
 * error set.
 */
int pg_session_lift_timeout(PGconn *conn, const char *encoding);

/* Adds commands for what a session that loads rows needs, too: no time-outs, an empty search_path,
 * intervals as pg_dump writes them, and row security as given. Returns 0, or -1 with the error set.
 */
int pg_session_add_common(struct buf *sql, PGconn *conn, bool row_security);

/*
 * Makes the settings, in two round trips; to be called outside a transaction. No time-out is left,
 * search_path is empty, and views that are not the system's own cannot be read where the server
 * can forbid it. Returns 0, or -1 with the error set, and then the session is of no use.
 */
int pg_session_prepare(PGconn *conn, const struct pg_session *session);

#endif
