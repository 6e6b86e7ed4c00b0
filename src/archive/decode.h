/*
 * The plain bytes of an archive's data: what is between a piece's bytes and a row's text.
 *
 * An archive is plain or compressed with zstd here; gzip and lz4 are an error. A zstd frame may
 * go over several pieces, as pg_dump writes it, or be alone in its piece, as we write it; more
 * than one in a piece is an error, since pg_restore would pass over the second.
 */
#ifndef ARCHIVE_DECODE_H
#define ARCHIVE_DECODE_H

#include "archive/reader.h"

struct archive_decoder;

/* `r` must outlive it. Returns NULL with the error set. */
struct archive_decoder *archive_decoder_new(struct archive_reader *r);
void archive_decoder_free(struct archive_decoder *d);

/* The bytes of the data the reader stands before: a block of rows, or one large object. It ends
 * where they end, and goes on with the next ones once the reader has stepped there. */
struct reader archive_decoder_output(struct archive_decoder *d);

#endif
