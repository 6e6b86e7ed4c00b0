/*
 * The data of a restore: the rows of the tables that were just created go in by loaders, everything
 * else of the archive's data section by a run of pg_restore that reads a pipe.
 */
#ifndef FLOW_ROWS_H
#define FLOW_ROWS_H

#include <stddef.h>
#include <stdint.h>

#include "archive/reader.h"
#include "flow/pass.h"
#include "pg/load.h"
#include "pg/target.h"

struct rows_result {
    uint64_t tables; /* whose rows are all there */
    uint64_t rows;
    uint64_t bytes; /* of data, decompressed */
};

/* Of a table whose rows are selected. */
struct rows_table {
    size_t entry;    /* the place of its rows in the table of contents */
    bool is_created; /* the table itself is selected, too */
    bool was_there;  /* before anything was created */
};

/* Begins as {0}; rows_free() is due. */
struct rows {
    const struct pass_common *common;
    struct rows_table *tables;     /* in the archive's order */
    struct pg_target_table *found; /* each of them as it was found last */
    size_t n;
};

/* Finds the tables whose rows are selected, and looks which are there already; to be called before
 * they are created. Returns 0, or -1 with the error set. */
int rows_find(struct rows *rows, const struct pass_common *common);

struct rows_options {
    const struct pg_load_session *session;
    int jobs;
    bool after_drops;     /* what could not be dropped is still there */
    bool not_into_failed; /* pg_restore's --no-data-for-failed-tables */
};

/*
 * Restores the data out of an archive that stands before its first block, and reads it to its end.
 * A table that has rows already is left as it is; one of whose rows some are refused is left empty;
 * both are failures. Returns 0 with the result, or -1 with the error set where it could not go on.
 */
int rows_restore(struct rows *rows, struct archive_reader *archive,
                 const struct rows_options *options, struct rows_result *result);

void rows_free(struct rows *rows);

#endif
