/*
 * Chunk records: what stands behind each chunk of an archive's data, to check it by.
 *
 * A chunk is one zstd frame of a data block (it may go over several pieces). Its record is a piece
 * of its own: a zstd skippable frame, which every zstd decoder passes over. Integers are
 * little-endian.
 *
 *   0   4  0x184D2A50, zstd's magic number of skippable frames
 *   4   4  60, how many bytes follow
 *   8   4  "DDck"
 *   12  1  version, 1
 *   13  1  kind: 1 rows, 2 bytes
 *   14  2  0
 *   16  8  rows of the chunk; 0 for bytes
 *   24  8  bytes of the chunk, decompressed
 *   32  4  first page of the table that the rows are from
 *   36  4  the page behind the last; 0xffffffff where the chunk goes to the table's end
 *   40  16 hash: of the set of rows (sethash.h); for bytes: of all of them as if they were one row
 *   56  12 0, for later versions
 *
 * A chunk without rows has a record and no frame. docs/format.md describes the whole drop.
 */
#ifndef ARCHIVE_RECORD_H
#define ARCHIVE_RECORD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "archive/sethash.h"
#include "archive/wire.h"

#define ARCHIVE_RECORD_SIZE 68 /* bytes, all of them */

#define ARCHIVE_PAGE_END UINT32_MAX

/* The values are the format's own. */
enum archive_record_kind {
    ARCHIVE_RECORD_ROWS = 1,  /* whole rows of COPY text, without the end mark "\." */
    ARCHIVE_RECORD_BYTES = 2, /* anything else */
};

struct archive_record {
    enum archive_record_kind kind;
    uint64_t rows;
    uint64_t bytes;
    uint32_t first_page;
    uint32_t end_page;
    struct sethash hash;
};

void archive_record_encode(const struct archive_record *record,
                           unsigned char bytes[ARCHIVE_RECORD_SIZE]);

/* Writes it as a piece of its own. Returns 0, or -1 with the error set. */
int archive_record_put(const struct archive_record *record, struct wire_out *out);

/* Whether these first bytes of a piece (8 or more) begin a skippable frame: a record, or what a
 * later version may put there. */
bool archive_record_begins(const unsigned char *bytes, size_t len);

/* Takes a whole piece apart. Returns 1, 0 for a skippable frame of another kind or version, -1 with
 * the error set for a record that is damaged. */
int archive_record_decode(struct archive_record *record, const unsigned char *bytes, size_t len);

#endif
