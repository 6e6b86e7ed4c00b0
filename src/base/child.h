/*
 * Child processes: pg_dump, pg_restore, tailscale and their kind.
 *
 * A child has its own process group (so that a terminal's ^C reaches it only through us), and dies
 * with the thread that started it, and so with this process. Of its standard error the first line
 * and the last ones are kept, to tell how it failed. One thread uses a child, the one that started
 * it.
 */
#ifndef BASE_CHILD_H
#define BASE_CHILD_H

#include <stdbool.h>
#include <sys/types.h>

#include "base/buf.h"
#include "base/stream.h"

struct child;

/* As `input`: its standard input is a pipe, for child_input(). */
#define CHILD_PIPED (-2)

/* Its descriptors, none of which it takes from us. */
struct child_files {
    int input;          /* its standard input; -1: /dev/null; or CHILD_PIPED */
    int output;         /* takes its standard output and error; -1: they come to us */
    const int *inherit; /* stay open in it under their numbers; looked at by child_start() only */
    size_t n_inherit;
};

/*
 * Starts program `argv[0]` (a path, not looked up) with a NULL-ended argv and environment. Neither
 * is kept. Returns NULL with the error set where no process can be made; a program that cannot be
 * run ends with exit code 127.
 */
struct child *child_start(const char *const argv[], char *const env[], struct child_files files);

/*
 * From now on what the child says on standard error goes to `listener` too, as it comes, in pieces
 * that may end anywhere: from within the functions below that read, write, or wait. A listener that
 * fails is not called again. To be called right after child_start(), lest something was missed.
 */
void child_listen(struct child *c, struct writer listener);

/* Its process, for looking at it; 0 once it has been waited for. */
pid_t child_pid(const struct child *c);

/*
 * Its standard input, where that is a pipe. Waits until the child has taken the bytes, but for what
 * the pipe holds; its standard output is not read meanwhile. A child that has ended or closed it,
 * and a signal to us, are errors. SIGPIPE must be ignored, as interrupt_init() does.
 */
struct writer child_input(struct child *c);

/* Gives the child all of its input, and ends it. Returns 0, or -1 with the error set. */
int child_feed(struct child *c, const void *data, size_t len);

/* Lets the child see the end of its input: there is no writing any more. Does nothing where it has
 * been ended already, or is no pipe. */
void child_input_end(struct child *c);

/* Its standard output. Ends when the child has closed it; a signal to us is an error. */
struct reader child_output(struct child *c);

/* Whether its output was read to its end. */
bool child_output_ended(const struct child *c);

/*
 * Ends its input, reads what is left of its output, waits for its end, and reaps it. What it has
 * started in its process group, and left there with its output open, is killed. Returns 0
 * where it exited with 0; else -1 with the error set to what it said last, or how it ended.
 */
int child_wait(struct child *c);

/*
 * Waits for its end for at most timeout_ms, adding what it writes to standard output to `said`
 * meanwhile. Returns 1 while it still runs, 0 when it has exited with 0; else -1 with the error set
 * as child_wait() does.
 */
int child_attend(struct child *c, struct buf *said, int timeout_ms);

/* Asks the child to end, and waits for that for at most timeout_ms, signals or not. Returns whether
 * it has ended. child_free() is still due. */
bool child_terminate(struct child *c, int timeout_ms);

/* Ends the child at once, without a chance to do anything more. child_free() is still due. */
void child_kill(struct child *c);

/* Ends the child if it still runs (SIGTERM, after a second SIGKILL), reaps and frees it. NULL is
 * fine. */
void child_free(struct child *c);

#endif
