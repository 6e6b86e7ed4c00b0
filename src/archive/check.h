/*
 * Checking a whole archive.
 *
 * Every archive: that each data block belongs to an entry of the table of contents and is of its
 * kind, that they stand in the table's order, none twice, that every entry that has data has its
 * block, and that all of it can be read. The archive of a drop has a preamble: then also that the
 * preamble comes first and the summary last, each chunk against its record (chunks.h) and each
 * block against the summary.
 */
#ifndef ARCHIVE_CHECK_H
#define ARCHIVE_CHECK_H

#include <stdbool.h>
#include <stdint.h>

#include "archive/reader.h"
#include "archive/summary.h"

/* What was checked. */
struct archive_checked {
    uint64_t tables;
    uint64_t rows;       /* that COPY wrote */
    uint64_t bytes;      /* decompressed */
    uint64_t chunks;     /* records */
    bool structure_only; /* there is no preamble, and so no record that could be checked */
};

/* Told of the preamble, where there is one, and of each block, when they were found right. What is
 * in the preamble may be taken over, all zero left in its place. Functions may be NULL. */
struct archive_check_observer {
    void (*preamble)(void *self, struct archive_preamble *preamble);
    void (*block)(void *self, const struct toc_entry *entry, const struct archive_block_sum *sum);
    void *self;
    bool content; /* sums are to tell the content of data that pg_dump wrote, too (content.h) */
};

/* Reads the archive to its end. `observer` may be NULL. Returns 0, or -1 with the error set. Blocks
 * as the source does. */
int archive_check(struct archive_reader *reader, const struct archive_check_observer *observer,
                  struct archive_checked *checked);

#endif
