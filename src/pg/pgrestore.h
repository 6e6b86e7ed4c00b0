/*
 * pg_restore as a child process: the authority on how an archive gets into a database.
 */
#ifndef PG_PGRESTORE_H
#define PG_PGRESTORE_H

#include <libpq-fe.h>
#include <stdbool.h>

#include "base/buf.h"
#include "base/child.h"
#include "pg/option_words.h"

struct pg_restore_options {
    const char *path;        /* of the program */
    const char *conninfo;    /* what the user gave; the password may be in it */
    PGconn *conn;            /* connected by it: the child goes to the same server and database */
    const char *const *user; /* NULL-ended: options that select and shape; or NULL */
    const char *const *own;  /* NULL-ended: ours, such as "--no-acl"; or NULL */
    /* A descriptor of an archive in a file, which the child opens anew, as do its workers with
     * --jobs; or CHILD_PIPED: it comes by child_input(), without --jobs. */
    int archive;
    /* A descriptor of a file, or memory file, with a line for each entry to be restored, in this
     * order: its dump id. -1: all entries that the options leave. */
    int list;
    const char *maintenance_work_mem; /* for its sessions, "262144kB"; or NULL */
};

/*
 * Starts pg_restore on the archive, so that it tells what it does and, for each error, of which
 * entry it is: on standard error, in English, for pg_restore_errors_writer(). The password goes by
 * a password file in memory. Returns the child, to be freed, or NULL with the error set.
 */
struct child *pg_restore_start(const struct pg_restore_options *options);

/*
 * Has pg_restore list which entries of the archive the user's options (NULL-ended, or NULL) select,
 * in which order, without a database: its text is added to `list`, for pg_restore_list_next(). The
 * archive needs no data behind its table of contents. Returns 0; or -1 with the error set: what it
 * says where a name matches nothing under --strict-names, an option is wrong, and so on.
 */
int pg_restore_list(const char *path, const struct buf *archive, const char *const *user,
                    struct buf *list);

/*
 * Steps to the next entry of such a text. Start with `*at` at its beginning, which is not changed.
 * Returns 1 with the dump id, 0 at the end, or -1 with the error set where a line is none of
 * pg_restore's.
 */
int pg_restore_list_next(const char **at, int *dump_id);

/* Which of pg_restore's options take an argument. */
extern const struct option_grammar pg_restore_grammar;

/*
 * Checks options that the user wants pg_restore to have: those that the program sets itself, or
 * that would break what it promises, are refused by name. Returns 0, or -1 with the error set.
 */
int pg_restore_check_options(const char *const *user);

/* Whether an option, by its letter (0: it has none) or its name, is among the user's, which were
 * checked; NULL is none. */
bool pg_restore_option_is_given(const char *const *user, char letter, const char *name);

/* The argument of an option that is given so, the last where there are several; else NULL. */
const char *pg_restore_option_value(const char *const *user, char letter, const char *name);

/*
 * What each run is given of the user's options, which were checked, once it was decided what is
 * loaded: without those that choose by name, by section or by a list, and where anything is created
 * without --disable-triggers, which means data alone, and would be taken to mean each run. Returns
 * a NULL-ended list, which points into the user's words and is freed by free(), or NULL with the
 * error set.
 */
const char **pg_restore_run_options(const char *const *user, bool creates);

#endif
