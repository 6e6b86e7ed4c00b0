#include "base/child.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/complaint.h"
#include "base/error.h"
#include "base/interrupt.h"
#include "base/log.h"
#include "base/spawn.h"

/* How often a child that is about to end is looked at. */
#define LOOK_MS 10

/* How often it is looked whether a child has ended that others have the pipes of. */
#define ORPHANS_MS 200

/* A child that ignores SIGTERM gets SIGKILL after a second: we must be out within two seconds of a
 * signal. */
#define TERM_MS 1000

/* Until it is known how the child ended: no success. */
#define STATUS_UNKNOWN (-1)

struct child {
    pid_t pid; /* 0 once reaped */
    int status;
    struct spawn_pipes pipes; /* -1: closed, too */
    bool output_ended;
    char *name; /* for messages: the last part of the path */
    struct complaint complaint;
    struct writer listener; /* without a function: none */
};

struct child *child_start(const char *const argv[], char *const env[], struct child_files files)
{
    const char *slash = strrchr(argv[0], '/');
    struct child *c = calloc(1, sizeof(*c));

    if (c == NULL || (c->name = strdup(slash == NULL ? argv[0] : slash + 1)) == NULL) {
        error_set("out of memory");
        free(c);
        return NULL;
    }
    c->status = STATUS_UNKNOWN;
    c->pid = spawn_child(argv, env, &files, &c->pipes);
    if (c->pid < 0) {
        free(c->name);
        free(c);
        return NULL;
    }
    return c;
}

static void hear(struct child *c, const char *said, size_t len)
{
    complaint_add(&c->complaint, said, len);
    if (c->listener.write != NULL && writer_put(&c->listener, said, len) != 0)
        c->listener.write = NULL;
}

static void drain_stderr(struct child *c)
{
    char chunk[COMPLAINT_HEAD];
    ssize_t n;

    while (c->pipes.err >= 0 && (n = read(c->pipes.err, chunk, sizeof(chunk))) != 0) {
        if (n < 0)
            return; /* EAGAIN: nothing more for now */
        hear(c, chunk, (size_t)n);
    }
    if (c->pipes.err >= 0)
        close(c->pipes.err);
    c->pipes.err = -1;
}

void child_listen(struct child *c, struct writer listener)
{
    c->listener = listener;
}

/* Waits until something can be done with the pipe, which poll() shows in *revents, serving standard
 * error meanwhile: a child that waits with a full one would wait for ever. */
static int wait_for_pipe(struct child *c, int fd, short events, short *revents)
{
    struct pollfd fds[3] = {{.fd = fd, .events = events},
                            {.fd = c->pipes.err, .events = POLLIN},
                            {.fd = interrupt_fd(), .events = POLLIN}};

    *revents = 0;
    if (poll(fds, 3, -1) < 0 && errno != EINTR)
        return error_set_errno("cannot wait for %s", c->name);
    if (interrupt_signal() != 0)
        return interrupt_error();
    if (fds[1].revents != 0)
        drain_stderr(c);
    *revents = fds[0].revents;
    return 0;
}

static int write_input(void *self, const void *buf, size_t len)
{
    struct child *c = self;
    const char *at = buf;

    if (c->pipes.in < 0)
        return error_set("%s takes no more: the end of its input was told", c->name);
    while (len > 0) {
        short revents;
        ssize_t n;

        if (wait_for_pipe(c, c->pipes.in, POLLOUT, &revents) != 0)
            return -1;
        if (revents == 0)
            continue;
        n = write(c->pipes.in, at, len);
        if (n < 0 && errno != EAGAIN && errno != EINTR)
            return error_set_errno("%s takes no more", c->name);
        at += n > 0 ? n : 0;
        len -= n > 0 ? (size_t)n : 0;
    }
    return 0;
}

static ssize_t read_output(void *self, void *buf, size_t len)
{
    struct child *c = self;

    for (;;) {
        short revents;
        ssize_t n;

        if (wait_for_pipe(c, c->pipes.out, POLLIN, &revents) != 0)
            return -1;
        if (revents == 0)
            continue;
        n = read(c->pipes.out, buf, len);
        c->output_ended = n == 0;
        if (n >= 0)
            return n;
        if (errno != EINTR)
            return error_set_errno("cannot read from %s", c->name);
    }
}

pid_t child_pid(const struct child *c)
{
    return c->pid;
}

struct writer child_input(struct child *c)
{
    return (struct writer){.write = write_input, .self = c};
}

int child_feed(struct child *c, const void *data, size_t len)
{
    const struct writer input = child_input(c);
    int rc = writer_put(&input, data, len);

    child_input_end(c);
    return rc;
}

void child_input_end(struct child *c)
{
    if (c->pipes.in >= 0)
        close(c->pipes.in);
    c->pipes.in = -1;
}

struct reader child_output(struct child *c)
{
    return (struct reader){.read = read_output, .self = c};
}

bool child_output_ended(const struct child *c)
{
    return c->output_ended;
}

/* Looks whether the child has ended. Returns whether it has. Where the system does not tell how,
 * the status stays unknown. */
static bool reap(struct child *c, int flags)
{
    pid_t pid;

    if (c->pid == 0)
        return true;
    do
        pid = waitpid(c->pid, &c->status, flags);
    while (pid < 0 && errno == EINTR && interrupt_signal() == 0);
    if (pid == 0 || (pid < 0 && errno == EINTR))
        return false;
    c->pid = 0;
    return true;
}

static int report_words(struct child *c, const char *words)
{
    if (WIFEXITED(c->status) && WEXITSTATUS(c->status) == 0) {
        if (*words != '\0')
            log_debug("%s", words);
        return 0;
    }
    if (WIFSIGNALED(c->status))
        return error_set("%s was killed by signal %d%s%s", c->name, WTERMSIG(c->status),
                         *words != '\0' ? ": " : "", words);
    if (*words != '\0')
        return error_set("%s", words);
    if (!WIFEXITED(c->status))
        return error_set("%s has gone, and the system does not tell how", c->name);
    return error_set("%s failed with exit code %d and said nothing", c->name,
                     WEXITSTATUS(c->status));
}

static int report(struct child *c)
{
    struct buf words = {0};
    int rc = complaint_tell(&c->complaint, &words);

    if (rc == 0)
        rc = report_words(c, buf_text(&words));
    buf_free(&words);
    return rc;
}

/* Reads what standard output has for us, without waiting, into `said`, or away. Returns 0, or -1
 * with the error set. */
static int take_output(struct child *c, struct buf *said)
{
    char away[4096];
    char *to = away;
    ssize_t n;

    if (said != NULL && buf_reserve(said, sizeof(away)) != 0)
        return -1;
    if (said != NULL)
        to = said->data + said->len;
    n = read(c->pipes.out, to, sizeof(away));
    if (n < 0)
        return errno == EINTR ? 0 : error_set_errno("cannot read from %s", c->name);
    if (said != NULL) {
        said->len += (size_t)n;
        said->data[said->len] = '\0';
    }
    c->output_ended = n == 0;
    return 0;
}

/* Waits for at most timeout_ms for what the child says, and takes it. Returns 0, or -1 with the
 * error set. */
static int serve(struct child *c, struct buf *said, int timeout_ms)
{
    struct pollfd fds[3] = {{.fd = c->output_ended ? -1 : c->pipes.out, .events = POLLIN},
                            {.fd = c->pipes.err, .events = POLLIN},
                            {.fd = interrupt_fd(), .events = POLLIN}};

    if (interrupt_signal() != 0)
        return interrupt_error();
    if (poll(fds, 3, timeout_ms) <= 0)
        return 0;
    if (fds[1].revents != 0)
        drain_stderr(c);
    return fds[0].revents != 0 ? take_output(c, said) : 0;
}

/* What a child that was killed leaves in its process group, pg_restore's workers say, has its pipes
 * open, and may stay for long. As long as it is not reaped, its number is nobody else's. */
static void end_orphans(struct child *c)
{
    siginfo_t info = {.si_pid = 0};

    if (waitid(P_PID, (id_t)c->pid, &info, WEXITED | WNOHANG | WNOWAIT) == 0 &&
        info.si_pid == c->pid)
        kill(-c->pid, SIGKILL);
}

/* It may say much after its output has ended, too. */
static int wait_for_end(struct child *c)
{
    while (!reap(c, WNOHANG))
        if (serve(c, NULL, LOOK_MS) != 0)
            return -1;
    return 0;
}

int child_wait(struct child *c)
{
    child_input_end(c);
    while (!c->output_ended) {
        if (serve(c, NULL, ORPHANS_MS) != 0)
            return -1;
        end_orphans(c);
    }
    if (wait_for_end(c) != 0)
        return -1;
    drain_stderr(c);
    return report(c);
}

int child_attend(struct child *c, struct buf *said, int timeout_ms)
{
    for (int waited = 0; waited <= timeout_ms; waited += LOOK_MS) {
        if (serve(c, said, LOOK_MS) != 0)
            return -1;
        if (c->output_ended && reap(c, WNOHANG)) {
            drain_stderr(c);
            return report(c);
        }
    }
    return 1;
}

void child_kill(struct child *c)
{
    if (c->pid != 0)
        kill(-c->pid, SIGKILL);
}

bool child_terminate(struct child *c, int timeout_ms)
{
    const struct timespec look_every = {.tv_nsec = LOOK_MS * 1000L * 1000L};

    if (c->pid != 0)
        kill(-c->pid, SIGTERM);
    for (int waited = 0; waited < timeout_ms && !reap(c, WNOHANG); waited += LOOK_MS)
        nanosleep(&look_every, NULL);
    return c->pid == 0;
}

void child_free(struct child *c)
{
    if (c == NULL)
        return;
    if (c->pid != 0)
        child_terminate(c, TERM_MS);
    if (c->pid != 0) {
        kill(-c->pid, SIGKILL);
        while (c->pid != 0 && waitpid(c->pid, &c->status, 0) < 0 && errno == EINTR)
            ;
    }
    child_input_end(c);
    if (c->pipes.out >= 0)
        close(c->pipes.out);
    if (c->pipes.err >= 0)
        close(c->pipes.err);
    free(c->name);
    free(c);
}
