/*
 * What the two sides of the spool share: spool_write.c has the writer's, spool.c all else. For
 * these two files only.
 */
#ifndef SINK_SPOOL_PARTS_H
#define SINK_SPOOL_PARTS_H

#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "sink/spool.h"

/* How many parts may wait: each has an open file, and macOS allows a program 256. */
#define SPOOL_SLOTS 128

/* How often whoever waits looks whether a signal came, and whether others have left room. */
#define SPOOL_LOOK_MS 200

struct part {
    int fd;
    uint64_t size; /* bytes written so far */
};

/*
 * Under the mutex: freed <= begun <= freed + SPOOL_SLOTS, and the parts freed to begun - 1 have a
 * file each, parts[index % SPOOL_SLOTS], with at least a byte in it. All of them are complete, but
 * for the last while `growing`. `done[reader]` is the first part that the reader is not done with;
 * a part below all of these is freed as soon as it is complete. `kept` is the sum of all sizes.
 *
 * The writer waits only while nothing is growing: so no reader waits for a part that waits for
 * room, and what makes room can always be delivered. Only the writer changes `begun`, `growing` and
 * the last part; it alone may read them without the mutex. The plan stands before the first part.
 */
struct spool {
    pthread_mutex_t mutex;
    pthread_cond_t to_readers; /* a part has begun, has more bytes or is complete; or the end */
    pthread_cond_t to_writer;  /* a part was freed, or stopped */
    char *folder;
    _Atomic uint64_t part_size; /* or ROOM_ONE_FILE; readers ask for it without the mutex */
    bool hold_told;             /* the writer's: that it waits for room */
    uint64_t spare;             /* what is left free in the folder while parts wait */
    uint64_t bytes;
    uint64_t kept;
    size_t begun;
    size_t freed;
    bool growing;
    bool finished;
    bool stopped;
    char *error; /* of the first that stopped it; NULL for lack of memory */
    struct part parts[SPOOL_SLOTS];
    size_t n_readers;
    size_t done[];
};

/* Where a part that has a file has it. */
struct part *spool_part(struct spool *s, size_t index);

/* Under the mutex: whether to go on. Returns 0, or -1 with the error set (stopped, or a signal). */
int spool_check(const struct spool *s);

/* Under the mutex: frees what is complete and all readers are done with. */
void spool_free_delivered(struct spool *s);

#endif
