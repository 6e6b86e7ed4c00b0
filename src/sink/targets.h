/*
 * All the targets of one drop: each of them must get it.
 *
 * Files and standard output take the bytes as they come. What goes through the tailnet, what is one
 * of several alternatives, and a file that is to come in parts, is brought there behind a spool
 * (spool.h) by a thread of its own (delivery.h). Unless a function says else, one thread uses the
 * targets.
 */
#ifndef SINK_TARGETS_H
#define SINK_TARGETS_H

#include <stddef.h>
#include <stdint.h>

#include "base/stream.h"
#include "tailnet/config.h"

struct targets;

struct targets_options {
    const char *const *texts; /* as the user wrote them (alternatives.h) */
    size_t n;
    const char *spool;                    /* the folder of the spool */
    const char *temp;                     /* a folder for what tailscaled needs */
    uint64_t part_size;                   /* 0: chosen by the room in the spool */
    int wait_s;                           /* for a target that is asleep */
    const struct tailnet_config *tailnet; /* needed where a target is taildrop:HOST */
};

/* Opens all of them for a drop of this name. The options' texts are kept, not copied. Returns NULL
 * with the error set, and nothing left of those that were opened. */
struct targets *targets_open(const struct targets_options *options, const char *name);

/* Says before the first byte how many there will be at most. Returns 0, or -1 with the error
 * set. */
int targets_expect(struct targets *t, uint64_t upper);

/* What is written goes to each of them, and on to the others where one has failed. */
struct writer targets_writer(struct targets *t);

/* How many bytes the drop has so far. */
uint64_t targets_bytes(const struct targets *t);

/* How many of the drop's bytes the slowest target has that gets them behind the spool; UINT64_MAX
 * where there is none. Any thread may ask. */
uint64_t targets_delivered(const struct targets *t);

/* Delivers to each, also where another has failed. Blocks until all have it. Returns 0, or -1 with
 * the error set, which names those that failed, and those that have the drop all the same. */
int targets_commit(struct targets *t);

/* Where the drop is after the commit, separated by commas. Returns it, to be freed, or NULL with
 * the error set. */
char *targets_places(const struct targets *t);

/* Breaks off what is on its way. NULL is fine. */
void targets_free(struct targets *t);

#endif
