/*
 * What each thread of a reading does: it takes chunks, copies their rows out on a connection of its
 * own, and puts what becomes of them into the window.
 */
#ifndef FLOW_WORKER_H
#define FLOW_WORKER_H

#include <stdatomic.h>

#include "flow/reading.h"

/* What the workers of a reading share; it must outlive them. */
struct worker_shared {
    const struct reading_source *source;
    const struct reading_options *options;
    struct window *window;
    atomic_size_t *choices; /* of each table its place in levels.h, which may change once */
};

struct worker;

/* Returns NULL with the error set. */
struct worker *worker_new(const struct worker_shared *shared);
void worker_free(struct worker *w);

/* Works until no chunk is left or somebody has failed, which the window tells. */
void worker_run(struct worker *w);

#endif
