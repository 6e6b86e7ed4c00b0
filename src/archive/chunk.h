/*
 * From rows to a chunk: one zstd frame of whole rows, in pieces, and the record to check it by
 * (record.h).
 *
 * What it holds does not grow with the rows. One thread uses an encoder; it is made once and used
 * for many chunks.
 */
#ifndef ARCHIVE_CHUNK_H
#define ARCHIVE_CHUNK_H

#include "archive/record.h"

#define CHUNK_PIECE_MAX (64 * 1024)

/* Where pieces go: takes ownership of `piece`, allocated, of len bytes. Returns 0, or -1 with the
 * error set. */
struct chunk_sink {
    int (*put)(void *self, unsigned char *piece, size_t len);
    void *self;
};

struct chunk_encoder;

/* Rows are hashed under the key, which is copied. Returns NULL with the error set. */
struct chunk_encoder *chunk_encoder_new(const unsigned char key[SETHASH_KEY_SIZE]);
void chunk_encoder_free(struct chunk_encoder *e);

/*
 * Begins a chunk at zstd's level 1 to 19, its pieces going to `sink`. With trial_level above 0 the
 * chunk is compressed a second time at that level, only to see what comes out. Returns 0, or -1
 * with the error set.
 */
int chunk_encoder_begin(struct chunk_encoder *e, struct chunk_sink sink, int level,
                        int trial_level);

/* Takes one row, its line's end included. Returns 0, or -1 with the error set. */
int chunk_encoder_row(struct chunk_encoder *e, const char *row, size_t len);

/* Ends the chunk. Fills in the record but for its pages. Returns 0, or -1 with the error set. */
int chunk_encoder_end(struct chunk_encoder *e, struct archive_record *record);

/* What became of the last chunk, in bytes: at its level, and at its trial_level. */
uint64_t chunk_encoder_size(const struct chunk_encoder *e);
uint64_t chunk_encoder_trial_size(const struct chunk_encoder *e);

/* The memory, in bytes, that an encoder may come to hold at these levels (0 for no trial); 0 with
 * the error set. */
size_t chunk_encoder_memory(int level, int trial_level);

#endif
