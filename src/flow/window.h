/*
 * The ordered window: workers read chunks at the same time, and what they make of them leaves in
 * the chunks' order.
 *
 * Chunks have numbers from 0. The first one that has not left is the head: its pieces stream
 * through. Those of later chunks wait here, in a budget of bytes that all share; a worker that
 * finds it used up waits until there is room or its chunk is the head. Here is the one place where
 * threads meet.
 *
 * A worker takes chunks in order and finishes each. One thread, the emitter, takes the pieces out.
 * When one of them fails, every call of all others fails from then on, with the first one's error
 * at the emitter.
 */
#ifndef FLOW_WINDOW_H
#define FLOW_WINDOW_H

#include <stdbool.h>
#include <stddef.h>

#include "archive/record.h"

struct window;

/* For `n_chunks` chunks and `n_workers` workers; pieces that wait take up to `budget` bytes, and
 * those of the head some more. Returns NULL with the error set. */
struct window *window_new(size_t n_chunks, size_t n_workers, size_t budget);
/* To be called when no thread uses it any more. NULL is fine. */
void window_free(struct window *w);

/* For workers. Each returns 0, or -1 with the error set, but where it says otherwise. */

/* The next chunk that nobody has taken; waits while it is too far behind the head. Returns 1, 0
 * where there is none, -1 with the error set. */
int window_take(struct window *w, size_t *chunk);
/* Takes ownership of a piece, allocated, of `len` bytes. Waits as said above. */
int window_put(struct window *w, size_t chunk, unsigned char *piece, size_t len);
/* Whether the chunk is the head; until it is finished it stays so. */
bool window_is_head(struct window *w, size_t chunk);
/* Waits until the chunk is the head. */
int window_await_head(struct window *w, size_t chunk);
/* The chunk has all its pieces. */
int window_finish(struct window *w, size_t chunk, const struct archive_record *record);
/* A worker cannot go on as it does. Returns whether others are left to take its part; then it is to
 * end. */
bool window_leave(struct window *w);

/* For all. */

/* Makes every other call fail, with the calling thread's error if it is the first. */
void window_fail(struct window *w);
/* A descriptor that becomes readable then; to be polled, not read. */
int window_stop_fd(const struct window *w);

/* For the emitter: the head's next piece, to be freed. Waits for it. Returns 1; 0 where the chunk
 * has ended, with its record, and the next one is the head; -1 with the error set. */
int window_next(struct window *w, unsigned char **piece, size_t *len,
                struct archive_record *record);

#endif
