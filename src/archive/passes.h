/*
 * The passes in which an archive is restored, so that its rows can be loaded between two runs of
 * pg_restore: what has to be there before the rows, the data, and the rest.
 *
 * This is what one run of pg_restore does in one go, not its --section: comments and security
 * labels go with the object that they stand behind, and grants come last, since an owner may have
 * taken rights away from himself that loading needs. See _tocEntryRequired() and
 * _tocEntryRestorePass() in PostgreSQL's src/bin/pg_dump/pg_backup_archiver.c.
 */
#ifndef ARCHIVE_PASSES_H
#define ARCHIVE_PASSES_H

#include "archive/header.h"
#include "archive/toc.h"
#include "base/buf.h"

enum archive_pass {
    ARCHIVE_PASS_PRE_DATA,
    ARCHIVE_PASS_DATA,
    ARCHIVE_PASS_POST_DATA,
    ARCHIVE_PASSES,
};

/* Tells the pass of each entry of a table of contents, in `passes`, which has room for all. */
void archive_passes_find(const struct toc *toc, enum archive_pass *passes);

/*
 * Makes an archive's table of contents with which `pg_restore --clean --if-exists` drops objects
 * and creates none: of those entries of `toc` whose place in `wanted` is true. *n becomes how many
 * they are that can be dropped. It is to be written in version 1.`ARCHIVE_MINOR_OLDEST`, which
 * every pg_restore reads, and to be freed by toc_free() in any case. Returns 0, or -1 with the
 * error set.
 */
int archive_passes_make_drops(const struct toc *toc, const bool *wanted, struct toc *drops,
                              size_t *n);

/* Appends an archive without data: header and table of contents. Both are as for
 * archive_writer_new(). Returns 0, or -1 with the error set. */
int archive_passes_write(const struct archive_header *header, struct toc *toc, struct buf *archive);

#endif
