/* Files of one key a line: recipients and identities. For recipient.c and identity.c. */
#ifndef AGE_LINES_H
#define AGE_LINES_H

#include "base/stream.h"

#include <stddef.h>

/* The largest such file in bytes. What is larger was given by mistake. */
#define AGE_LINES_MAX (64 * 1024)

/*
 * Reads to the end and calls take for each line that is neither blank nor begins with #, without
 * its line end (LF or CRLF) and the blanks around it, until take returns -1. It is kept in
 * sodium_malloc() memory, since it may hold secrets, and is wiped when this returns.
 *
 * Returns how many lines were taken, or -1 with the error set, in front of which stands the line's
 * number where the error is take's.
 */
ssize_t age_lines_each(const struct reader *in, int (*take)(void *arg, const char *line),
                       void *arg);

#endif
