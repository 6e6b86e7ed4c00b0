/*
 * Which way the data of a restore goes: the rows of tables that were just created to the loaders,
 * what would be doubled nowhere, and all else to pg_restore.
 */
#ifndef FLOW_ROUTES_H
#define FLOW_ROUTES_H

#include <stdbool.h>
#include <stddef.h>

#include "base/buf.h"
#include "flow/distribute.h"
#include "flow/pass.h"
#include "pg/target.h"

/* A table whose rows are selected. */
struct routes_table {
    size_t entry;    /* the place of its rows in the table of contents */
    bool is_created; /* the table itself is selected, too */
    bool was_there;  /* before anything was created */
};

/* Begins as {0}; routes_clear() is due. */
struct routes {
    const struct pass_common *common;
    struct routes_table *tables;   /* in the archive's order */
    struct pg_target_table *found; /* each of them as it was found last */
    size_t n;

    /* By routes_choose(): */
    struct route *of_entries; /* one for each of the table of contents */
    const char **statements;  /* COPY, of each table that goes to the loaders, */
    size_t *places;           /* and its place in `tables` */
    size_t n_loaded;          /* how many those are */
    struct buf list;          /* dump ids of what pg_restore does, a line each */
};

/* Finds the tables whose rows are selected, and looks which are there already; to be called before
 * they are created. Returns 0, or -1 with the error set. */
int routes_find(struct routes *r, const struct pass_common *common);

struct routes_options {
    bool has_records;     /* the archive has chunk records, which loaders need */
    bool after_drops;     /* what could not be dropped is still there */
    bool not_into_failed; /* pg_restore's --no-data-for-failed-tables */
};

/*
 * Chooses, once the tables were created, and looks at them anew. One that is not there, or has rows
 * already, is a failure. Returns 0, or -1 with the error set: where failures are to end it all,
 * also for the last of them.
 */
int routes_choose(struct routes *r, const struct routes_options *options);

/* Adds to the failures that the rows of tables[i] are not restored. */
void routes_refuse(const struct routes *r, size_t i, const char *why);

void routes_clear(struct routes *r);

#endif
