/*
 * Loading rows in parallel: a thread with a connection of its own for each job.
 */
#ifndef FLOW_LOADING_H
#define FLOW_LOADING_H

#include "flow/loader.h"
#include "flow/queue.h"

struct loading;

/*
 * Starts `jobs` loaders for the tables of `shared`, whose queue is made here. All that `shared`
 * points to must outlive the loading. Returns NULL with the error set.
 */
struct loading *loading_start(const struct loader_shared *shared, size_t n_tables, int jobs);

/* Where chunks are put in. */
struct queue *loading_queue(struct loading *l);

/* Waits until all that is in the queue has been loaded, which must have its last chunk's end, and
 * ends the loaders. Returns 0, or -1 with the error set. */
int loading_finish(struct loading *l);

/* Ends the loaders wherever they are. What is in the queue can still be looked at. */
void loading_stop(struct loading *l);

/* Does the same, and frees, the queue too. NULL is fine. */
void loading_free(struct loading *l);

#endif
