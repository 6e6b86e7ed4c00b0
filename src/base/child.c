#include "base/child.h"

#include <errno.h>
#include <fcntl.h>
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
#include "base/error.h"
#include "base/interrupt.h"
#include "base/log.h"
#include "base/os.h"

/* How much of the beginning and of the end of standard error is kept: what went wrong often stands
 * before, and what it went wrong with may be long. */
#define STDERR_HEAD 512
#define STDERR_TAIL 2048

/* How often a child that is about to end is looked at. */
#define LOOK_MS 10

/* A child that ignores SIGTERM gets SIGKILL after a second: we must be out within two seconds of a
 * signal. */
#define TERM_MS 1000

/* Until it is known how the child ended: no success. */
#define STATUS_UNKNOWN (-1)

struct child {
    pid_t pid; /* 0 once reaped */
    int status;
    int out;
    int err;
    bool output_ended;
    char *name;                 /* for messages: the last part of the path */
    char head[STDERR_HEAD + 1]; /* the first bytes, once they are not in the tail any more */
    char tail[STDERR_TAIL + 1];
    size_t tail_len;
    bool tail_cut; /* more was said before */
};

/*
 * The child's side of fork(): only async-signal-safe calls, and none returns. Signals are blocked:
 * our handlers would take one for us, and wake the parent by the pipe that both have.
 */
static void become(const char *const argv[], char *const env[], const int fds[3], int inherit,
                   pid_t parent, const sigset_t *mask)
{
    static const int ours[] = {SIGINT, SIGTERM, SIGHUP, SIGALRM, SIGPIPE};

    setpgid(0, 0);
    os_die_with_parent(parent);
    for (size_t i = 0; i < sizeof(ours) / sizeof(ours[0]); i++)
        signal(ours[i], SIG_DFL);
    sigprocmask(SIG_SETMASK, mask, NULL);
    if (inherit >= 0)
        fcntl(inherit, F_SETFD, 0);
    for (int i = 0; i < 3; i++)
        if (dup2(fds[i], i) < 0)
            _exit(127);
    execve(argv[0], (char *const *)argv, env);
    _exit(127);
}

/* Returns 0, or -1 with the error set. */
static int fork_child(struct child *c, const char *const argv[], char *const env[],
                      const int fds[3], int inherit)
{
    pid_t parent = getpid();
    sigset_t all, mask;

    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &mask);
    c->pid = fork();
    if (c->pid == 0)
        become(argv, env, fds, inherit, parent, &mask);
    if (c->pid < 0)
        error_set_errno("cannot start %s", argv[0]);
    pthread_sigmask(SIG_SETMASK, &mask, NULL);
    if (c->pid < 0)
        return -1;
    setpgid(c->pid, c->pid); /* here too: a signal may be due before the child has run */
    return 0;
}

static int spawn(struct child *c, const char *const argv[], char *const env[],
                 struct child_files files)
{
    int out[2], err[2], null;
    bool ours = files.output < 0;

    null = open("/dev/null", O_RDONLY | O_CLOEXEC);
    if (null < 0)
        return error_set_errno("cannot open /dev/null");
    if (os_pipe(out) != 0)
        goto err0;
    if (os_pipe(err) != 0)
        goto err1;
    if (fork_child(c, argv, env,
                   (const int[]){files.input >= 0 ? files.input : null,
                                 ours ? out[1] : files.output, ours ? err[1] : files.output},
                   files.inherit) != 0)
        goto err2;
    close(null);
    close(out[1]);
    close(err[1]);
    fcntl(err[0], F_SETFL, O_NONBLOCK);
    c->out = out[0];
    c->err = err[0];
    return 0;

err2:
    close(err[0]);
    close(err[1]);
err1:
    close(out[0]);
    close(out[1]);
err0:
    close(null);
    return -1;
}

struct child *child_start(const char *const argv[], char *const env[], struct child_files files)
{
    const char *slash = strrchr(argv[0], '/');
    struct child *c = calloc(1, sizeof(*c));

    if (c == NULL || (c->name = strdup(slash == NULL ? argv[0] : slash + 1)) == NULL) {
        error_set("out of memory");
        free(c);
        return NULL;
    }
    c->out = c->err = -1;
    c->status = STATUS_UNKNOWN;
    if (spawn(c, argv, env, files) != 0) {
        c->pid = 0;
        child_free(c);
        return NULL;
    }
    return c;
}

/* Keeps the first STDERR_HEAD and the last STDERR_TAIL bytes of what the child says. */
static void drain_stderr(struct child *c)
{
    char chunk[512];
    ssize_t n;

    while (c->err >= 0 && (n = read(c->err, chunk, sizeof(chunk))) != 0) {
        size_t len = (size_t)n, keep;

        if (n < 0)
            return; /* EAGAIN: nothing more for now */
        keep = c->tail_len + len > STDERR_TAIL ? STDERR_TAIL - len : c->tail_len;
        if (!c->tail_cut && keep < c->tail_len)
            memcpy(c->head, c->tail, STDERR_HEAD); /* there is more than that, or it would fit */
        c->tail_cut = c->tail_cut || keep < c->tail_len;
        memmove(c->tail, c->tail + c->tail_len - keep, keep);
        memcpy(c->tail + keep, chunk, len);
        c->tail_len = keep + len;
    }
    if (c->err >= 0)
        close(c->err);
    c->err = -1;
}

/* A child that waits with a full standard error would wait for ever: both pipes are served. */
static ssize_t read_output(void *self, void *buf, size_t len)
{
    struct child *c = self;

    for (;;) {
        struct pollfd fds[3] = {{.fd = c->out, .events = POLLIN},
                                {.fd = c->err, .events = POLLIN},
                                {.fd = interrupt_fd(), .events = POLLIN}};
        ssize_t n;

        if (poll(fds, 3, -1) < 0 && errno != EINTR)
            return error_set_errno("cannot wait for %s", c->name);
        if (interrupt_signal() != 0)
            return interrupt_error();
        if (fds[1].revents != 0)
            drain_stderr(c);
        if (fds[0].revents == 0)
            continue;
        n = read(c->out, buf, len);
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

/* What it said, as one line, as our messages are: all of it, or the first line and the last ones.
 */
static int add_words(struct child *c, struct buf *words)
{
    const char *tail = c->tail;

    c->tail[c->tail_len] = '\0';
    if (c->tail_cut) {
        if (strchr(tail, '\n') != NULL)
            tail = strchr(tail, '\n') + 1; /* the first line is not whole */
        if (buf_add(words, c->head, strcspn(c->head, "\n")) != 0 ||
            buf_add_text(words, " ... ") != 0)
            return -1;
    }
    if (buf_add_text(words, tail) != 0)
        return -1;
    if (words->len == 0)
        return 0;
    while (words->len > 0 && words->data[words->len - 1] == '\n')
        words->data[--words->len] = '\0';
    for (char *at = words->data; *at != '\0'; at++)
        if (*at == '\n')
            *at = ' ';
    return 0;
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
    int rc = add_words(c, &words);

    if (rc == 0)
        rc = report_words(c, buf_text(&words));
    buf_free(&words);
    return rc;
}

/* It may say much after its output has ended, too. */
static int wait_for_end(struct child *c)
{
    while (!reap(c, WNOHANG)) {
        struct pollfd fds[2] = {{.fd = c->err, .events = POLLIN},
                                {.fd = interrupt_fd(), .events = POLLIN}};

        if (interrupt_signal() != 0)
            return interrupt_error();
        if (poll(fds, 2, LOOK_MS) > 0 && fds[0].revents != 0)
            drain_stderr(c);
    }
    return 0;
}

int child_wait(struct child *c)
{
    struct reader output = child_output(c);
    char rest[4096];

    while (!c->output_ended)
        if (output.read(output.self, rest, sizeof(rest)) < 0)
            return -1;
    if (wait_for_end(c) != 0)
        return -1;
    drain_stderr(c);
    return report(c);
}

/* Reads what standard output has for us without waiting. Returns 0, or -1 with the error set. */
static int take_output(struct child *c, struct buf *said)
{
    ssize_t n;

    if (buf_reserve(said, 4096) != 0)
        return -1;
    n = read(c->out, said->data + said->len, 4096);
    if (n < 0)
        return errno == EINTR ? 0 : error_set_errno("cannot read from %s", c->name);
    said->len += (size_t)n;
    said->data[said->len] = '\0';
    c->output_ended = n == 0;
    return 0;
}

int child_attend(struct child *c, struct buf *said, int timeout_ms)
{
    for (int waited = 0; waited <= timeout_ms; waited += LOOK_MS) {
        struct pollfd fds[3] = {{.fd = c->output_ended ? -1 : c->out, .events = POLLIN},
                                {.fd = c->err, .events = POLLIN},
                                {.fd = interrupt_fd(), .events = POLLIN}};

        if (interrupt_signal() != 0)
            return interrupt_error();
        if (poll(fds, 3, LOOK_MS) > 0) {
            if (fds[1].revents != 0)
                drain_stderr(c);
            if (fds[0].revents != 0 && take_output(c, said) != 0)
                return -1;
        }
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
    if (c->out >= 0)
        close(c->out);
    if (c->err >= 0)
        close(c->err);
    free(c->name);
    free(c);
}
