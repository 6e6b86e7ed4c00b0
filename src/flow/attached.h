/*
 * A word to whoever starts a long dump from a terminal that has to stay connected until it is done.
 */
#ifndef FLOW_ATTACHED_H
#define FLOW_ATTACHED_H

#include <stdint.h>

/*
 * Warns where tables that take so many bytes on the server's disk are likely to take longer than 10
 * minutes: of how much is to be read, how long that takes, and that `detached` is the line to type
 * instead, which is shown as it is. Does nothing where that is NULL: no terminal ends the run.
 * Blocks as log.h does.
 */
void attached_warn(uint64_t bytes, const char *detached);

#endif
