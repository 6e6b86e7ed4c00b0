/*
 * Bringing what the spool holds to one target, in a thread of its own.
 */
#ifndef SINK_DELIVERY_H
#define SINK_DELIVERY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "sink/choice.h"
#include "sink/spool.h"
#include "sink/tally.h"

struct delivery;

struct delivery_options {
    struct choice_options choice;
    const char *name; /* of the drop */
    struct spool *spool;
    size_t reader; /* which of the spool's */
    /* Where a delivery that fails notes it, but for a signal or a spool that was stopped. It stops
     * the spool where no target is left. */
    struct tally *tally;
    size_t target; /* which of the tally's */
};

/* Starts. The options are copied, what they point to is kept. Returns NULL with the error set. */
struct delivery *delivery_start(const struct delivery_options *options);

/* Waits until the delivery has ended. Returns whether the place has the whole drop. Called once;
 * one thread calls it. */
bool delivery_wait(struct delivery *d);

/* Which place has the drop, or was tried last, as the user wrote it. Valid after the wait. */
const char *delivery_place(const struct delivery *d);

/* How many of the drop's bytes the place has taken, some of which may be on their way still. Never
 * goes back; UINT64_MAX once the delivery has failed. Any thread may ask. */
uint64_t delivery_bytes(const struct delivery *d);

/* Breaks the delivery off where it has not been waited for, and frees it. The spool and the node
 * must have been stopped. NULL is fine. */
void delivery_free(struct delivery *d);

#endif
