/*
 * The table of data blocks that list and verify show: a line for each.
 */
#ifndef CMD_BLOCKS_H
#define CMD_BLOCKS_H

#include "archive/summary.h"
#include "archive/toc.h"
#include "base/buf.h"

/* Add the heading, or a block; with `chunks` there is a column for the chunk
 * records. A sum's rows are shown where COPY wrote them, or are large objects. Return 0, or -1 with
 * the error set. */
int blocks_add_heading(struct buf *b, bool chunks);
int blocks_add(struct buf *b, const struct toc_entry *entry, const struct archive_block_sum *sum,
               bool chunks);

#endif
