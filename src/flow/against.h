/*
 * A drop held against a live database: the database is read as a dump reads it, on one snapshot and
 * on as many connections, and what that comes to is compared with what the drop says.
 */
#ifndef FLOW_AGAINST_H
#define FLOW_AGAINST_H

#include "archive/compare.h"
#include "archive/header.h"
#include "archive/sethash.h"
#include "flow/database.h"
#include "flow/meter.h"

/* What is known of the drop. */
struct against_drop {
    struct archive_side side;            /* without sums: rows are not read */
    const struct archive_header *header; /* tells the versions */
    unsigned char key[SETHASH_KEY_SIZE]; /* under which its rows are hashed */
};

struct against_options {
    struct database_options database; /* its options for pg_dump are to be those of the drop */
    struct archive_compare_options compare; /* what differs in the versions is found out */
    enum meter_form progress;
    int progress_line_s; /* as in flow/meter.h */
};

/*
 * Compares. Never writes to the database. Blocks until it is read; a signal ends it with an error.
 * Returns 0, also where there are differences, or -1 with the error set.
 */
int flow_against(const struct against_drop *drop, const struct against_options *options,
                 const struct archive_compare_observer *observer,
                 struct archive_compared *compared);

#endif
