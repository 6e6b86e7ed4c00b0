/*
 * Which entry of the table of contents each data block belongs to: each entry that has data has one
 * block, and they stand in the table's order.
 */
#ifndef ARCHIVE_BLOCKS_H
#define ARCHIVE_BLOCKS_H

#include <stdbool.h>
#include <stddef.h>

#include "archive/reader.h"
#include "archive/toc.h"

struct archive_blocks {
    struct toc *toc;
    bool *seen;  /* for each entry */
    size_t next; /* which entry the next block may belong to, or one behind it */
};

/* `toc` must outlive it. Returns 0, or -1 with the error set; archive_blocks_clear() is due in both
 * cases. */
int archive_blocks_init(struct archive_blocks *b, struct toc *toc);
void archive_blocks_clear(struct archive_blocks *b);

/* The entry of a block that was stepped to, in turn. NULL with the error set where it has none, or
 * may not have this one here. */
struct toc_entry *archive_blocks_take(struct archive_blocks *b, const struct archive_block *block);

/* Checks behind the last block that none is missing. Returns 0, or -1 with the error set. */
int archive_blocks_check_all(const struct archive_blocks *b);

#endif
