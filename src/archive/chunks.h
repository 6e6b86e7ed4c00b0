/*
 * Checking data against its chunk records while it is read.
 *
 * Data, which is a table's block or one large object, is either chunks of rows and then pg_dump's
 * end mark, or chunks of bytes; it may be empty without any record. A chunk of rows is one frame of
 * whole lines, or no frame where it has none; the pages of the first begin at 0, those of the
 * others where the one before ended, and the last one goes to the table's end. A chunk of bytes is
 * one frame. docs/format.md has all of it.
 *
 * Memory is bounded, however long rows and frames are. One thread at a time.
 */
#ifndef ARCHIVE_CHUNKS_H
#define ARCHIVE_CHUNKS_H

#include <stdbool.h>

#include "archive/decode.h"
#include "archive/summary.h"

struct archive_chunks;

/* `d` must outlive it; nobody else may observe its records meanwhile. Returns NULL with the error
 * set. */
struct archive_chunks *archive_chunks_new(struct archive_decoder *d);
void archive_chunks_free(struct archive_chunks *c);

/* From now on data must have records, made with this key, which is copied. Before that they are
 * passed over. */
void archive_chunks_set_key(struct archive_chunks *c, const unsigned char key[SETHASH_KEY_SIZE]);

/* From now on sums tell the content of data that pg_dump wrote, too (content.h), under that key. */
void archive_chunks_hash_content(struct archive_chunks *c);

/* What the data is. */
struct archive_chunks_data {
    bool is_rows;   /* a table's COPY text */
    bool is_object; /* a large object, of this number */
    unsigned oid;
};

/*
 * Reads the data that the reader stands before, checks it, and adds what it amounts to, records
 * where a key is set; sum->rows only of COPY text. Returns 0, or -1 with the error set.
 * Blocks as the source does.
 */
int archive_chunks_check(struct archive_chunks *c, const struct archive_chunks_data *data,
                         struct archive_block_sum *sum);

#endif
