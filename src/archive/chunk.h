/*
 * From rows to a chunk: one zstd frame of whole rows, in pieces, and the record to check it by
 * (record.h).
 *
 * What it holds does not grow with the rows. One thread uses an encoder; it is made once and used
 * for many chunks.
 */
#ifndef ARCHIVE_CHUNK_H
#define ARCHIVE_CHUNK_H

#include <stdbool.h>

#include "archive/record.h"

#define CHUNK_PIECE_MAX (64 * 1024)

/* Where pieces go: takes ownership of `piece`, allocated, of len bytes. Returns 0, or -1 with the
 * error set. */
struct chunk_sink {
    int (*put)(void *self, unsigned char *piece, size_t len);
    void *self;
};

/* How a chunk is compressed. */
struct chunk_level {
    int level; /* zstd's, 1 to 19 */
    /* Of level 1: the distance between the places where matches are looked for (zstd's
     * targetLength); the larger, the faster. 0: as the level has it. */
    int distance;
};

/* A chunk can be compressed some more times, only to see what comes out. */
#define CHUNK_TRIALS_MAX 3

struct chunk_encoder;

/* Rows are hashed under the key, which is copied. Returns NULL with the error set. */
struct chunk_encoder *chunk_encoder_new(const unsigned char key[SETHASH_KEY_SIZE]);
void chunk_encoder_free(struct chunk_encoder *e);

/*
 * Begins a chunk, its pieces going to `sink`. It is compressed at the first of `n` levels, and for
 * a trial at the others; at none it has no pieces, and only the record tells of its rows. Returns
 * 0, or -1 with the error set.
 */
int chunk_encoder_begin(struct chunk_encoder *e, struct chunk_sink sink,
                        const struct chunk_level *levels, size_t n);

/* Where the next bytes of the rows are to be written: *size of them have room, at least one. */
char *chunk_encoder_room(struct chunk_encoder *e, size_t *size);

/*
 * Takes `len` bytes that were written there, at least one: a row, its line's end included, or as
 * much of it as there was room for; `ends` says whether the row ends with them. Returns 0, or -1
 * with the error set.
 */
int chunk_encoder_take(struct chunk_encoder *e, size_t len, bool ends);

/* Ends the chunk. Fills in the record but for its pages. Returns 0, or -1 with the error set. */
int chunk_encoder_end(struct chunk_encoder *e, struct archive_record *record);

/* What became of the last chunk at the level of this place, in bytes. */
uint64_t chunk_encoder_size(const struct chunk_encoder *e, size_t at);

/* The memory, in bytes, that an encoder may come to hold for these `n` levels; 0 with the error
 * set. */
size_t chunk_encoder_memory(const struct chunk_level *levels, size_t n);

#endif
