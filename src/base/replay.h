/*
 * Reading the beginning of a stream twice, also of one that cannot go back: a drop's header is
 * looked at before it is known what opens it.
 */
#ifndef BASE_REPLAY_H
#define BASE_REPLAY_H

#include <stdbool.h>

#include "base/buf.h"
#include "base/stream.h"

struct replay {
    struct reader in;
    struct buf seen; /* all that was read so far, until replay_rewind() */
    size_t at;       /* how much of that was read again */
    bool rewound;
};

/* Starts to remember. What `in` points to must outlive it. replay_free() is due. */
void replay_init(struct replay *replay, struct reader in);

/* The reader, which blocks as `in` does. `replay` must outlive it, and not be moved. */
struct reader replay_reader(struct replay *replay);

/* Goes back to the first byte, once. What was seen is forgotten when it was read again. */
void replay_rewind(struct replay *replay);

void replay_free(struct replay *replay);

#endif
