/*
 * Child processes whose standard output is read: pg_dump, pg_restore and their kind.
 *
 * A child gets /dev/null as standard input, its own process group (so that a terminal's ^C reaches
 * it only through us), and dies with this process. Of its standard error the first line and the
 * last ones are kept, for child_wait() to tell. One thread uses a child, the one that started it.
 */
#ifndef BASE_CHILD_H
#define BASE_CHILD_H

#include <stdbool.h>

#include "base/stream.h"

struct child;

/*
 * Starts program `argv[0]` (a path, not looked up) with a NULL-ended argv and environment. The
 * descriptor `inherit` stays open in it under its number; -1 for none. Neither argv nor env is
 * kept. Returns NULL with the error set where no process can be made; a program that cannot be
 * run ends with exit code 127.
 */
struct child *child_start(const char *const argv[], char *const env[], int inherit);

/* Its standard output. Ends when the child has closed it; a signal to us is an error. */
struct reader child_output(struct child *c);

/* Whether its output was read to its end. */
bool child_output_ended(const struct child *c);

/*
 * Reads what is left of its output, waits for its end, and reaps it. Returns 0 where it exited
 * with 0; else -1 with the error set to what it said last, or how it ended.
 */
int child_wait(struct child *c);

/* Ends the child if it still runs (SIGTERM, after a second SIGKILL), reaps and frees it. NULL is
 * fine. */
void child_free(struct child *c);

#endif
