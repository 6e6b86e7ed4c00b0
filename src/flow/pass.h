/*
 * One run of pg_restore among those that make up a restore: started, listened to, and judged.
 */
#ifndef FLOW_PASS_H
#define FLOW_PASS_H

#include <libpq-fe.h>
#include <stdbool.h>

#include "base/buf.h"
#include "base/child.h"
#include "flow/failures.h"
#include "flow/meter.h"
#include "flow/selection.h"

/* What all runs have in common; it must outlive them. */
struct pass_common {
    const char *pg_restore; /* the program's path */
    const char *conninfo;
    PGconn *conn;            /* connected by it; the program goes to the same server */
    const char *const *user; /* options for every run; NULL-ended */
    const struct selection *selection;
    bool stop_at_errors;
    bool stops_itself; /* at the first error: pg_restore's --exit-on-error does. Not where one is
                          met that is none, its transaction_timeout at an older server */
    struct failures *failures;
    struct meter *meter; /* or NULL */
};

struct pass_options {
    const char *const *own;    /* this run's options, NULL-ended; or NULL */
    const struct buf *archive; /* NULL: it comes by the child's input */
    int jobs;                  /* sessions that share the work; one where the archive can only be
                                  had by a pipe */
    bool tells_items;          /* to the meter: each entry is one more that is done */
    const struct buf *list;    /* dump ids of what is restored; or NULL: all */
    bool only_drops;         /* what fails to be dropped is told, and is no failure: it may be gone
                                with another, and where it is in the way, what is to take its place
                                fails. But for an extension, which stays with its rows, unnoticed */
    long maintenance_memory; /* KB, for each session; 0: the server's choice */
};

struct pass;

/*
 * Starts it. What fails from now on, while the child is used, is added to the failures. `common`
 * must outlive the pass. Returns NULL with the error set.
 */
struct pass *pass_start(const struct pass_common *common, const struct pass_options *options);

/* Its process, for what goes into its input. Owned by the pass. */
struct child *pass_child(struct pass *p);

/*
 * Waits for its end. Returns 0 where it went through all it had to do, failures or not; -1 with the
 * error set where it gave up.
 */
int pass_end(struct pass *p);

/* Ends the process if it still runs, and frees. NULL is fine. */
void pass_free(struct pass *p);

/* All in one, for a run that gets its archive at once. Returns what pass_end() does. */
int pass_run(const struct pass_common *common, const struct pass_options *options);

#endif
