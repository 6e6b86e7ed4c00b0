/*
 * Starting a process, for child.c.
 */
#ifndef BASE_SPAWN_H
#define BASE_SPAWN_H

#include <sys/types.h>

#include "base/child.h"

/* Our ends. None of them gets to another child. */
struct spawn_pipes {
    int in;  /* into its standard input, without blocking; -1 where that is no pipe of ours */
    int out; /* from its standard output */
    int err; /* from its standard error, without blocking */
};

/*
 * Starts it as child_start() promises, in a process group of its own that it leads. Where its
 * output goes to a file, what is read from the pipes is their end. Returns the process, and has
 * made the pipes; or -1 with the error set.
 */
pid_t spawn_child(const char *const argv[], char *const env[], const struct child_files *files,
                  struct spawn_pipes *pipes);

#endif
