/*
 * Chunks of rows on their way from the one that reads a drop to the loaders: the place where the
 * threads of a restore meet.
 *
 * The reader puts chunks in, one behind the other, piece by piece; each loader takes the oldest
 * that nobody has, and its pieces as they come. What waits is bounded.
 */
#ifndef FLOW_QUEUE_H
#define FLOW_QUEUE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "archive/record.h"

struct queue;
struct queue_chunk;

/* What has become of a table's rows so far. */
struct queue_table {
    uint64_t rows;  /* that were loaded */
    uint64_t bytes; /* of text */
    char *error;    /* why they are not all there, or NULL; owned by the queue */
};

/* For rows of `n_tables` tables and `n_loaders` loaders, up to `budget` bytes waiting. Returns NULL
 * with the error set. To be freed once no other thread uses it any more. */
struct queue *queue_new(size_t n_tables, size_t n_loaders, size_t budget);
void queue_free(struct queue *q);

/*
 * The reader's side. Each returns 0, or -1 with the error set, once the queue has failed to the
 * error of the one that failed first. queue_put() blocks while too much waits.
 *
 *     for each chunk: queue_begin(), queue_put() for its pieces, queue_end(); in the end
 * queue_close()
 */
int queue_begin(struct queue *q, size_t table);
/* Takes over `bytes`, which is freed in any case. */
int queue_put(struct queue *q, unsigned char *bytes, size_t len);
/* `record` is the chunk's. */
int queue_end(struct queue *q, const struct archive_record *record);
/* There are no more. Blocks until all have been loaded. */
int queue_close(struct queue *q);

/* Whether a table's rows are not wanted any more, since some of them could not be loaded. */
bool queue_is_refused(struct queue *q, size_t table);

/* A table's account, to be looked at once queue_close() has returned or the loaders have ended. */
const struct queue_table *queue_table(const struct queue *q, size_t table);

/*
 * The loader's side. Takes the next chunk. Returns 1, 0 where there are no more, or -1 with the
 * error set where the queue has failed. *table becomes whose it is.
 */
int queue_take(struct queue *q, struct queue_chunk **chunk, size_t *table);

/* Takes a chunk's next piece, to be freed by the caller. Returns 1; 0 at the chunk's end, with its
 * record; -1 with the error set where the queue has failed. Blocks while there is none. */
int queue_next(struct queue *q, struct queue_chunk *chunk, unsigned char **bytes, size_t *len,
               struct archive_record *record);

/* The chunk is done with: so much of it was loaded; or, with queue_refuse(), nothing, for the error
 * that is set. What is left of the chunk is passed over. */
void queue_done(struct queue *q, struct queue_chunk *chunk, uint64_t rows, uint64_t bytes);
void queue_refuse(struct queue *q, struct queue_chunk *chunk);

/* A loader ends early. Returns whether there are others; the last one may not go. */
bool queue_leave(struct queue *q);

/* Ends everything, for the error that is set, unless another came first. Any thread may call it. */
void queue_fail(struct queue *q);

/* Whether it has; then the error is set to the first one. */
bool queue_has_failed(struct queue *q);

/* Is readable once the queue has failed; not to be read. */
int queue_stop_fd(const struct queue *q);

#endif
