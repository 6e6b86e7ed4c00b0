/*
 * pg_dump as a child process: the authority on what a dump contains.
 */
#ifndef PG_PGDUMP_H
#define PG_PGDUMP_H

#include <libpq-fe.h>

#include "base/child.h"
#include "pg/exclude.h"
#include "pg/option_words.h"

struct pg_dump_options {
    const char *path;        /* of the program */
    const char *conninfo;    /* what the user gave; the password may be in it */
    PGconn *conn;            /* connected by it: the child goes to the same server */
    const char *snapshot;    /* exported by `conn` */
    const char *const *user; /* NULL-ended: options that select and shape; or NULL */
    int lock_timeout_ms;     /* for each table's lock, unless the user's options say; 0 for ever */
    const struct pg_table_name *without_rows_of; /* tables whose rows are left out; or NULL */
    size_t n_without_rows_of;
};

/*
 * Starts pg_dump so that it writes an uncompressed archive in custom format. The password goes
 * by a password file in memory. A command line has its limits: where there are very many tables to
 * leave out (thousands), it is not told of the last ones and writes their rows. Returns the
 * child, to be freed, or NULL with the error set.
 */
struct child *pg_dump_start(const struct pg_dump_options *options);

/* Which of the options that a user may give take an argument. */
extern const struct option_grammar pg_dump_grammar;

/*
 * Checks options that the user wants pg_dump to have: those that the program sets itself are
 * refused by name. Returns 0, or -1 with the error set.
 */
int pg_dump_check_options(const char *const *user);

#endif
