/*
 * How `tailscale file cp` gets the bytes of one attempt: as a stream while more may come, or as a
 * file where all are there. It sends a file faster, since it tells the receiver its length first.
 */
#ifndef TAILNET_FEED_H
#define TAILNET_FEED_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/child.h"

/* Where the bytes come from. */
struct tailnet_source {
    /* Reads up to len bytes at this place, without waiting. Returns how many; 0 where there are
     * none yet, or, with *ends set, none behind it any more; -1 with the error set. */
    ssize_t (*read)(void *self, uint64_t offset, void *buf, size_t len, bool *ends);
    /* Waits for more of them, for at most timeout_ms. Returns 0, or -1 with the error set. */
    int (*wait)(void *self, uint64_t offset, int timeout_ms);
    /* Returns a descriptor of a file that has all the bytes and nothing else, with their number in
     * *size, or -1 where more may come. It stays the source's. */
    int (*file)(void *self, uint64_t *size);
    /* Tailscale has taken all before this place, in this attempt. */
    void (*taken)(void *self, uint64_t offset);
    void *self;
};

struct feed {
    const struct tailnet_source *source;
    char argument[32];        /* what `file cp` is to send */
    struct child_files files; /* for it */
    uint64_t offset;          /* bytes taken */
    int64_t waited;           /* for the source, in ms */
    bool ended;               /* all were taken, and tailscale knows that these are all */
    bool refused;             /* it takes no more */

    /* The module's: */
    int inherited; /* the descriptor that tailscale has open: of the file, or `fd` */
    uint64_t size; /* of the file */
    int fd;        /* into which the stream is written; -1: it is a file */
    size_t at;     /* of the next byte in `piece`, which is the source's at `offset` */
    size_t len;    /* how many there are from there on */
    char *piece;
};

/* Chooses the way. The source is kept, not copied, and the feed stays where it is. Returns 0, or -1
 * with the error set and nothing to close. */
int feed_open(struct feed *f, const struct tailnet_source *source);

/* To be called when tailscale has been started, or could not be. */
void feed_started(struct feed *f);

/* Whether there is anything to give: else it is enough to watch. */
bool feed_is_stream(const struct feed *f);

/*
 * Gives tailscale what it takes of the stream, waiting for at most timeout_ms. Returns 1, 0 where
 * it took none of what there was, or -1 with the error set: the source failed.
 */
int feed_give(struct feed *f, int timeout_ms);

/* Sees how far tailscale has read the file. Returns whether that is further than before. */
bool feed_watch(struct feed *f, const struct child *tailscale);

/* Only after tailscale has ended, or was killed: what is closed here must not look like the end of
 * the stream. */
void feed_close(struct feed *f);

#endif
