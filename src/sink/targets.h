/*
 * All the targets of one drop: each of them must get it.
 */
#ifndef SINK_TARGETS_H
#define SINK_TARGETS_H

#include <stddef.h>
#include <stdint.h>

#include "base/stream.h"

struct targets;

/* Opens all of them (sink.h) for a drop of this name. The texts are kept, not copied. Returns NULL
 * with the error set, and nothing left of those that were opened. */
struct targets *targets_open(const char *const texts[], size_t n, const char *name);

/* What is written goes to each of them. */
struct writer targets_writer(struct targets *t);

/* How many bytes the drop has so far. */
uint64_t targets_bytes(const struct targets *t);

/* Delivers to each. Returns 0, or -1 with the error set, which names the first that failed; the
 * others may have the drop. */
int targets_commit(struct targets *t);

/* NULL is fine. */
void targets_free(struct targets *t);

#endif
