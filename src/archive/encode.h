/*
 * From plain bytes to pieces: the other way of decode.h.
 *
 * Bytes are collected up to ENCODE_FRAME_MAX and become one piece: as they are, or as exactly one
 * zstd frame (pg_restore passes over what follows a frame in its piece). A frame ends at a line's
 * end where the last one is in reach, so that frames of COPY text hold whole rows unless a row is
 * longer than a frame. Behind each frame there can be its record, of kind BYTES.
 */
#ifndef ARCHIVE_ENCODE_H
#define ARCHIVE_ENCODE_H

#include "archive/header.h"
#include "archive/summary.h"
#include "archive/wire.h"

#define ENCODE_FRAME_MAX (4 * 1024 * 1024)

struct archive_encoder;

/* Pieces go to `out`, which must outlive it. `compression` is ARCHIVE_PLAIN or ARCHIVE_ZSTD,
 * `level` zstd's 1 to 19. Returns NULL with the error set. */
struct archive_encoder *archive_encoder_new(struct wire_out *out,
                                            enum archive_compression compression, int level);
void archive_encoder_free(struct archive_encoder *e);

/* From the next piece on, puts its record behind each one, made with the key, and adds the record
 * to `sum`; both must outlive this. With NULLs, no more. Only for zstd: plain pieces have no room
 * for records. */
void archive_encoder_set_records(struct archive_encoder *e,
                                 const unsigned char key[SETHASH_KEY_SIZE],
                                 struct archive_block_sum *sum);

/* Takes all len bytes. Returns 0, or -1 with the error set. */
int archive_encoder_put(struct archive_encoder *e, const void *data, size_t len);

/* Writes what is left, and the mark that the pieces end. Returns 0, or -1 with the error set. */
int archive_encoder_end(struct archive_encoder *e);

#endif
