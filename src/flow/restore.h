/*
 * A drop into a database: pg_restore creates what rows need, loaders of our own and pg_restore
 * bring the data, pg_restore does the rest in parallel. What fails is noted, and the rest goes on.
 *
 *     r = restore_new(&options);
 *     restore_choose(r, archive);
 *     if it is to drop anything: restore_check(r, archive, bytes), and the archive opened anew
 *     restore_run(r, archive, bytes, &result);
 *
 * Everything blocks; a signal ends it with an error.
 */
#ifndef FLOW_RESTORE_H
#define FLOW_RESTORE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "archive/reader.h"
#include "flow/failures.h"
#include "flow/meter.h"
#include "flow/rows.h"

/* What it points to must outlive the restore. */
struct restore_options {
    const char *conninfo;          /* has passed pg_conninfo_check() */
    const char *const *pg_restore; /* options for it that pg_restore_check_options() has passed,
                                      NULL-ended; or NULL */
    int jobs;                      /* connections that load, and that make indexes; 0: chosen */
    bool clean;                    /* drop first what the archive brings */
    bool exit_on_error;            /* the first failure ends it */
    enum meter_form progress;
    int progress_line_s; /* as in flow/meter.h */
};

struct restore;

/* Connects. Returns NULL with the error set. */
struct restore *restore_new(const struct restore_options *options);
void restore_free(struct restore *r);

/*
 * Finds out what of the archive is to be restored. Refuses a database that has tables of users,
 * unless it is to drop them or none are created. Returns 0, or -1 with the error set.
 */
int restore_choose(struct restore *r, struct archive_reader *archive);

/* Reads the whole archive and checks it. `bytes` are those that restore_passed() will be told of; 0
 * where that is not known. Returns 0, or -1 with the error set. */
int restore_check(struct restore *r, struct archive_reader *archive, uint64_t bytes);

/*
 * Restores out of an archive that stands before its first block; `bytes` as for restore_check().
 * Returns 0 with the result, failures or not, or -1 with the error set where it could not go on.
 */
int restore_run(struct restore *r, struct archive_reader *archive, uint64_t bytes,
                struct rows_result *result);

/* So many bytes of the drop have been read. For progress; any thread may call it. */
void restore_passed(struct restore *r, size_t bytes);

/* Takes the progress away, before anything else is told. */
void restore_end_progress(struct restore *r);

/* What has failed. Owned by the restore. */
const struct failures *restore_failures(const struct restore *r);

/* The database's name. Owned by the restore. */
const char *restore_database(const struct restore *r);

#endif
