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

/* How a chunk is compressed: a level of zstd, 1 to 19, with some of its parameters changed. */
struct chunk_level {
    int level;
    int window_log; /* these as zstd.h has them; 0: the level's own */
    int hash_log;
    int min_match;
};

/* A chunk can be compressed a second and a third time, only to see what comes out. */
#define CHUNK_TRIALS_MAX 2

struct chunk_encoder;

/* Rows are hashed under the key, which is copied. Returns NULL with the error set. */
struct chunk_encoder *chunk_encoder_new(const unsigned char key[SETHASH_KEY_SIZE]);
void chunk_encoder_free(struct chunk_encoder *e);

/*
 * Begins a chunk, its pieces going to `sink`. It is compressed in the first of `n` ways, at least
 * one, and for a trial in the others. Returns 0, or -1 with the error set.
 */
int chunk_encoder_begin(struct chunk_encoder *e, struct chunk_sink sink,
                        const struct chunk_level *levels, size_t n);

/* Takes one row, its line's end included. Returns 0, or -1 with the error set. */
int chunk_encoder_row(struct chunk_encoder *e, const char *row, size_t len);

/* Ends the chunk. Fills in the record but for its pages. Returns 0, or -1 with the error set. */
int chunk_encoder_end(struct chunk_encoder *e, struct archive_record *record);

/* What became of the last chunk in the way of this place among the levels, in bytes. */
uint64_t chunk_encoder_size(const struct chunk_encoder *e, size_t at);

/* The memory, in bytes, that an encoder may come to hold for these `n` ways; 0 with the error
 * set. */
size_t chunk_encoder_memory(const struct chunk_level *levels, size_t n);

#endif
