/*
 * What a child process says on standard error, of which the beginning and the end are kept: what
 * went wrong often stands before, and what it went wrong with may be long.
 *
 * Start with `struct complaint c = {0};`. There is nothing to free.
 */
#ifndef BASE_COMPLAINT_H
#define BASE_COMPLAINT_H

#include <stdbool.h>
#include <stddef.h>

#include "base/buf.h"

#define COMPLAINT_HEAD 512
#define COMPLAINT_TAIL 2048

/* The module's; others see it only to have it in their own. */
struct complaint {
    char head[COMPLAINT_HEAD + 1]; /* the first bytes, once they are not in the tail any more */
    char tail[COMPLAINT_TAIL + 1];
    size_t tail_len;
    bool tail_cut; /* more was said before */
};

/* More was said: at most COMPLAINT_HEAD bytes at once. */
void complaint_add(struct complaint *c, const char *said, size_t len);

/* Adds what was said as one line, as our messages are: all of it, or the first line and the last
 * ones. Returns 0, or -1 with the error set. */
int complaint_tell(struct complaint *c, struct buf *line);

#endif
