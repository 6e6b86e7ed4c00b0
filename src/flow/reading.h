/*
 * Reading the rows of the tables in parallel: a thread with a connection of its own for each job.
 *
 * The workers take the chunks of the plan, copy their rows out on the snapshot, and pass what
 * becomes of them into the window, where whoever started them takes it out.
 */
#ifndef FLOW_READING_H
#define FLOW_READING_H

#include <libpq-fe.h>
#include <stdbool.h>

#include "archive/sethash.h"
#include "flow/budget.h"
#include "flow/meter.h"
#include "flow/plan.h"
#include "flow/window.h"
#include "pg/session.h"
#include "pg/tables.h"

/* All of it must outlive the reading. */
struct reading_source {
    const char *conninfo;
    /* The connection that holds the snapshot and the locks. A worker that cannot read a chunk,
     * since it gets no lock or no connection, has this one read it: only the head's worker uses it.
     */
    PGconn *control;
    const char *snapshot;
    const struct pg_session *session;
    const struct pg_tables *tables;
    const struct plan *plan;
};

struct reading_options {
    struct budget budget;
    bool only_control; /* no connection but `control` is to be had; the budget's jobs are 1 */
    int level;         /* zstd's; 0: chosen for each table; or LEVELS_HASH_ONLY */
    unsigned char key[SETHASH_KEY_SIZE];
    struct meter *meter; /* or NULL */
};

struct reading;

/* Starts the workers. The calling thread must not use `control` until it has freed the reading.
 * Returns NULL with the error set. */
struct reading *reading_start(const struct reading_source *source,
                              const struct reading_options *options);

/* Where the chunks come out, in the plan's order. */
struct window *reading_window(struct reading *r);

/* Ends the workers, wherever they are, waits for their threads, and frees. NULL is fine. */
void reading_free(struct reading *r);

#endif
