/*
 * The one instant that a dump shows: a snapshot, pg_dump's table of contents as of it, and locks on
 * the tables whose rows are read by our own connections.
 *
 * pg_dump runs first to its table of contents. The rows of ordinary tables are taken over: that run
 * ends there, and only where other data is left a second one brings that.
 */
#ifndef FLOW_CAPTURE_H
#define FLOW_CAPTURE_H

#include <libpq-fe.h>
#include <stdbool.h>
#include <stddef.h>

#include "archive/reader.h"
#include "base/child.h"
#include "pg/tables.h"

struct capture {
    PGconn *conn;                    /* holds the snapshot and the locks; the caller's */
    char *snapshot;                  /* its id */
    struct archive_reader *contents; /* pg_dump's header and table of contents: the archive's. To be
                                        read on only where it is `rest` */
    struct pg_tables tables;         /* those whose rows are taken over, in the archive's order */
    struct archive_reader *rest;     /* what is not, in the archive's order; NULL: nothing */
    struct child *pg_dump;           /* which writes the rest */
    char encoding[TOC_ENCODING_SIZE]; /* of the archive's texts; "" where it does not say */
};

struct capture_options {
    const char *conninfo;               /* by which `conn` is connected */
    const char *pg_dump;                /* the program's path */
    const char *pg_dump_version;        /* for messages */
    const char *const *pg_dump_options; /* the user's, NULL-ended; or NULL */
};

/*
 * Captures the database as it is now. Where a table was truncated, rewritten or dropped meanwhile
 * it begins again, at most three times. Returns 0, or -1 with the error set; capture_free() is due
 * in both cases.
 */
int capture_make(struct capture *c, PGconn *conn, const struct capture_options *options);

/* Whether an entry of `contents` is a table that is taken over. To be asked of the entries in turn,
 * with *next 0 at first; it is the table's place until the answer, one more after a yes. */
bool capture_has_taken(const struct capture *c, const struct toc_entry *e, size_t *next);

/* Whether entries of pg_dump's two runs mean the same. */
bool capture_is_same(const struct toc_entry *a, const struct toc_entry *b);

/* To be called where reading `rest` has failed: if that is since pg_dump ended too early, sets the
 * error to what it says. */
void capture_explain(struct capture *c);

/* The capture is not needed any more: all its data was read. Ends the transaction, and so proves
 * that snapshot and locks have lasted until now. Returns 0, or -1 with the error set. */
int capture_end(struct capture *c);

/* Ends pg_dump if it still runs, and frees. */
void capture_free(struct capture *c);

#endif
