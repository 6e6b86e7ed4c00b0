/* For the tests of child processes: a shell as the child. */
#ifndef TESTS_SHELL_H
#define TESTS_SHELL_H

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/child.h"
#include "base/error.h"

static char *no_variables[] = {NULL};

static inline struct child *start_files(const char *script, char *const env[],
                                        struct child_files files)
{
    const char *const argv[] = {"/bin/sh", "-c", script, NULL};
    struct child *c = child_start(argv, env, files);

    assert_non_null(c);
    return c;
}

static inline struct child *start(const char *script)
{
    return start_files(script, no_variables, (struct child_files){.input = -1, .output = -1});
}

static inline struct child *start_inheriting(const char *script, const int *fds, size_t n)
{
    return start_files(
        script, no_variables,
        (struct child_files){.input = -1, .output = -1, .inherit = fds, .n_inherit = n});
}

static inline struct child *start_piped(const char *script)
{
    return start_files(script, no_variables,
                       (struct child_files){.input = CHILD_PIPED, .output = -1});
}

/* Runs a script to its end and keeps the beginning of its output. Returns what child_wait() does.
 */
static inline int run(struct child *c, char *output, size_t size)
{
    struct reader r = child_output(c);
    ssize_t n = reader_fill(&r, output, size - 1);
    int rc;

    assert_true(n >= 0);
    output[n] = '\0';
    rc = child_wait(c);
    child_free(c);
    return rc;
}

static inline double seconds(void)
{
    struct timespec ts;

    clock_gettime(CLOCK_MONOTONIC, &ts);
    return (double)ts.tv_sec + (double)ts.tv_nsec / 1e9;
}

static inline void assert_ends_well(pid_t pid)
{
    int status;

    assert_true(pid > 0);
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_int_equal(status, 0);
}

#endif
