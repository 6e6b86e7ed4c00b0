/*
 * Where bytes come from and where they go: the two interfaces every part of the road speaks.
 *
 * Both are small values, copied freely; `self` stays with whoever made it and must outlive them.
 * They block, and are used by one thread at a time.
 */
#ifndef BASE_STREAM_H
#define BASE_STREAM_H

#include <stddef.h>
#include <sys/types.h>

struct reader {
    /* Reads 1 to len bytes (len > 0) into buf. Returns how many, 0 at the end, or -1 with the
     * error set; after 0 or -1 it is not called again. */
    ssize_t (*read)(void *self, void *buf, size_t len);
    void *self;
};

struct writer {
    /* Takes all len bytes, or returns -1 with the error set; after -1 it is not called again. */
    int (*write)(void *self, const void *buf, size_t len);
    void *self;
};

/*
 * Reads until len bytes are there or the end comes. Returns how many it read (less than len only
 * at the end), or -1 with the error set.
 */
ssize_t reader_fill(const struct reader *r, void *buf, size_t len);

/* Calls the writer. Returns 0, or -1 with the error set. */
int writer_put(const struct writer *w, const void *buf, size_t len);

#endif
