/*
 * The data of a restore: the rows of the tables that were just created go in by loaders, everything
 * else of the archive's data section by a run of pg_restore that reads a pipe.
 */
#ifndef FLOW_ROWS_H
#define FLOW_ROWS_H

#include <stddef.h>
#include <stdint.h>

#include "archive/reader.h"
#include "flow/routes.h"
#include "pg/load.h"

struct rows_result {
    uint64_t tables; /* whose rows are all there */
    uint64_t rows;
    uint64_t bytes; /* of data, decompressed */
};

struct rows_options {
    const struct pg_load_session *session;
    int jobs;
    bool after_drops;     /* what could not be dropped is still there */
    bool not_into_failed; /* pg_restore's --no-data-for-failed-tables */
};

/*
 * Restores the data out of an archive that stands before its first block, and reads it to its end.
 * `routes` has found the tables before they were created; this chooses their ways.
 * A table that has rows already is left as it is; one of whose rows some are refused is left empty;
 * both are failures. Returns 0 with the result, or -1 with the error set where it could not go on.
 */
int rows_restore(struct routes *routes, struct archive_reader *archive,
                 const struct rows_options *options, struct rows_result *result);

#endif
