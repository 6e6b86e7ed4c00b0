/*
 * Reading an archive in pg_dump's custom format from a stream, block by block.
 *
 * Behind the table of contents stand the data blocks:
 *
 *   byte kind: 1 rows, 3 large objects; integer dump id of the TOC entry it belongs to;
 *   rows:          pieces
 *   large objects: (integer oid, pieces)..., integer 0
 *   pieces:        (integer length > 0, bytes)..., integer 0
 *
 * Specified by PostgreSQL's src/bin/pg_dump/pg_backup_custom.c. Whatever is damaged is an error,
 * never a crash; memory is bounded by the table of contents, not by what a length field says.
 * Everything blocks as the source does; one thread at a time.
 */
#ifndef ARCHIVE_READER_H
#define ARCHIVE_READER_H

#include "archive/header.h"
#include "archive/toc.h"
#include "base/stream.h"

/* The values are the format's own. */
enum archive_block_kind {
    ARCHIVE_BLOCK_ROWS = 1,
    ARCHIVE_BLOCK_LARGE_OBJECTS = 3,
};

struct archive_block {
    enum archive_block_kind kind;
    int dump_id;
};

struct archive_reader;

/* Reads header and table of contents. Returns NULL with the error set. */
struct archive_reader *archive_reader_new(struct reader source);
void archive_reader_free(struct archive_reader *r);

/* What was read; owned by the reader, and the caller may change both. */
struct archive_header *archive_reader_header(struct archive_reader *r);
struct toc *archive_reader_toc(struct archive_reader *r);

/*
 * Each of these steps forward and returns 1 where there is one more, 0 where there is none, -1 with
 * the error set. What the last step found must have been read to its end: a block's large objects,
 * their pieces, a piece's bytes.
 */
int archive_reader_next_block(struct archive_reader *r, struct archive_block *block);
int archive_reader_next_large_object(struct archive_reader *r, unsigned *oid);
int archive_reader_next_piece(struct archive_reader *r, size_t *len);

/* Reads 1 to len bytes of the piece; returns how many, 0 at its end, -1 with the error set. */
ssize_t archive_reader_read_piece(struct archive_reader *r, void *buf, size_t len);

/* Passes over the pieces of a block of rows. Returns 0, or -1 with the error set. */
int archive_reader_skip_data(struct archive_reader *r);

#endif
