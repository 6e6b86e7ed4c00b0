/*
 * The plain bytes of an archive's data: what is between a piece's bytes and a row's text.
 *
 * An archive is plain or compressed with zstd here; gzip and lz4 are an error. A zstd frame may
 * go over several pieces, as pg_dump writes it, or be alone in its piece, as we write it; more
 * than one in a piece is an error, since pg_restore would pass over the second.
 *
 * Chunk records (record.h) are told of and are no bytes; skippable frames of other kinds are passed
 * over.
 */
#ifndef ARCHIVE_DECODE_H
#define ARCHIVE_DECODE_H

#include "archive/reader.h"
#include "archive/record.h"

struct archive_decoder;

/* `r` must outlive it. Returns NULL with the error set. */
struct archive_decoder *archive_decoder_new(struct archive_reader *r);
void archive_decoder_free(struct archive_decoder *d);

/* The bytes of the data the reader stands before: a block of rows, or one large object. It ends
 * where they end, and goes on with the next ones once the reader has stepped there. */
struct reader archive_decoder_output(struct archive_decoder *d);

/* Told of each record between the bytes that stand before it and those behind it. Returns 0, or -1
 * with the error set, and then so does the read that came upon the record. */
struct archive_record_observer {
    int (*met)(void *self, const struct archive_record *record);
    void *self;
};

/* Sets who is told of records; {0} for nobody. */
void archive_decoder_observe_records(struct archive_decoder *d,
                                     struct archive_record_observer observer);

/* How many zstd frames have come to their end, records not counted. */
uint64_t archive_decoder_frames(const struct archive_decoder *d);

#endif
