/*
 * A database as of one instant: the connection to it, what is captured of it, the plan of reading
 * it, and all of that as an archive.
 */
#ifndef FLOW_DATABASE_H
#define FLOW_DATABASE_H

#include <libpq-fe.h>
#include <stdint.h>

#include "archive/summary.h"
#include "base/stream.h"
#include "flow/capture.h"
#include "flow/compose.h"
#include "flow/meter.h"
#include "flow/plan.h"
#include "pg/session.h"
#include "pg/tools.h"

#define DATABASE_MOST_JOBS       64
#define DATABASE_DEFAULT_MEMORY  (128 * 1024 * 1024) /* bytes */
#define DATABASE_DEFAULT_RESERVE 5

/* What it points to must outlive the database. */
struct database_options {
    const char *conninfo;               /* has passed pg_conninfo_check() */
    const char *const *pg_dump_options; /* NULL-ended, or NULL */
    const char *lc_monetary;            /* how amounts of money are to be written; or NULL */
    int jobs;                           /* 1 to DATABASE_MOST_JOBS; 0: chosen */
    int reserve;                        /* connections left to others when jobs are chosen */
    int level;                          /* zstd's, 1 to 19; 0: chosen for each table;
                                           LEVELS_HASH_ONLY: what is written is no archive */
    uint64_t memory;                    /* bytes that the program may use */
};

struct database {
    const struct database_options *options;
    PGconn *conn;
    struct pg_session session;
    struct pg_tool pg_dump;
    int jobs; /* that read rows beside `conn`; 0: none is to be had */
    struct capture capture;
    struct plan plan;
    struct archive_preamble preamble; /* with all but the key */
};

/* Each returns 0, or -1 with the error set;
 * database_close() is due in all cases. They block; a signal ends them with an error. */

/* Connects, refuses a transaction pooler, and finds pg_dump. */
int database_connect(struct database *d, const struct database_options *options);

/* Chooses the jobs, captures the database as it is now, and makes the plan. */
int database_capture(struct database *d);

/* The most that the archive may come to, in bytes. */
int database_expect(const struct database *d, uint64_t *bytes);

/* Writes the archive and ends the snapshot. What was captured stays to be looked at. The preamble
 * needs its key by now. `meter` may be NULL. */
int database_write(struct database *d, struct writer out, struct meter *meter,
                   struct compose_result *result);

void database_close(struct database *d);

#endif
