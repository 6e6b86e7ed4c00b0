/* For the tests of the spool: a drop whose bytes tell where they belong, deliveries that compare
 * them, each a thread, and what is told meanwhile. */
#ifndef TESTS_SPOOL_DROP_H
#define TESTS_SPOOL_DROP_H

#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/error.h"
#include "base/os.h"
#include "sink/spool.h"
#include "spool_folder.h"

#define KB 1024
#define MB (1024 * 1024)

/* Pieces as they come from encryption. */
#define PIECE (64 * KB + 16)

/* Whatever waits for ever is a failure. */
#define TEST_SECONDS 60

static inline void drop_bytes(unsigned char *buf, uint64_t offset, size_t len)
{
    for (size_t i = 0; i < len; i++)
        buf[i] = (unsigned char)((offset + i) * 0x9e3779b97f4a7c15 >> 56);
}

/* Writes so much of the drop behind what was written. */
static inline int put_drop(struct spool *s, uint64_t len)
{
    struct writer w = spool_writer(s);
    unsigned char piece[PIECE];
    uint64_t at = spool_bytes(s), end = at + len;

    while (at < end) {
        size_t n = end - at < sizeof(piece) ? (size_t)(end - at) : sizeof(piece);

        drop_bytes(piece, at, n);
        if (writer_put(&w, piece, n) != 0)
            return -1;
        at += n;
    }
    return 0;
}

static inline void pause_us(long us)
{
    const struct timespec t = {.tv_sec = us / 1000000, .tv_nsec = us % 1000000 * 1000};

    if (us > 0)
        nanosleep(&t, NULL);
}

static inline double seconds(void)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

/* One reader: what it is to do, and what it has seen. */
struct delivery {
    struct spool *s;
    size_t reader;
    size_t read_size;
    long pause_us; /* behind each read */
    size_t parts;
    uint64_t bytes;
    uint64_t smallest, largest;
    bool altered; /* a byte is not the drop's */
    bool named;   /* a file in the folder had a name, where the system can do without */
    int rc;
    char error[200];
    pthread_t thread;
};

/* Returns the part's size, or -1. */
static inline int64_t deliver_part(struct delivery *d, size_t index)
{
    static _Thread_local unsigned char buf[PIECE], expected[PIECE];
    enum spool_state state;
    uint64_t at = 0;
    ssize_t n;

    while ((n = spool_read(d->s, index, at, buf, d->read_size, &state)) >= 0) {
        if (n == 0 && state == SPOOL_END)
            return (int64_t)at;
        if (n == 0 && spool_wait(d->s, index, at, -1) != 0)
            return -1;
        drop_bytes(expected, d->bytes, (size_t)n);
        d->altered |= memcmp(buf, expected, (size_t)n) != 0;
        d->bytes += (uint64_t)n;
        at += (uint64_t)n;
        pause_us(d->pause_us);
    }
    return -1;
}

static inline bool makes_nameless_files(void)
{
    int fd = os_unnamed_file(folder);

    if (fd >= 0)
        close(fd);
    return fd >= 0;
}

static inline void *deliver(void *self)
{
    struct delivery *d = self;
    const bool nameless = makes_nameless_files();

    d->smallest = UINT64_MAX;
    while ((d->rc = spool_await_part(d->s, d->reader, d->parts)) == 1) {
        int64_t size = deliver_part(d, d->parts);

        if (size < 0) {
            d->rc = -1;
            break;
        }
        d->smallest = (uint64_t)size < d->smallest ? (uint64_t)size : d->smallest;
        d->largest = (uint64_t)size > d->largest ? (uint64_t)size : d->largest;
        d->named |= nameless && !is_empty(folder);
        spool_done(d->s, d->reader, d->parts++);
    }
    snprintf(d->error, sizeof(d->error), "%s", d->rc < 0 ? error_text() : "");
    return NULL;
}

static inline bool start_delivery(struct delivery *d)
{
    return pthread_create(&d->thread, NULL, deliver, d) == 0;
}

/* Waits for a delivery to end, and checks that it has brought so much, unaltered. */
#define assert_delivered(d, expected_bytes)                                                        \
    do {                                                                                           \
        pthread_join((d)->thread, NULL);                                                           \
        assert_string_equal((d)->error, "");                                                       \
        assert_int_equal((d)->rc, 0);                                                              \
        assert_int_equal((d)->bytes, expected_bytes);                                              \
        assert_false((d)->altered);                                                                \
        assert_false((d)->named);                                                                  \
    } while (0)

/* A thread that writes a drop, and finishes it. */
struct source {
    struct spool *s;
    uint64_t len;
    atomic_int rc; /* 99: it is under way */
    char error[300];
    pthread_t thread;
};

static inline void *write_drop(void *self)
{
    struct source *w = self;
    int rc = put_drop(w->s, w->len);

    if (rc == 0)
        rc = spool_finish(w->s);
    snprintf(w->error, sizeof(w->error), "%s", rc != 0 ? error_text() : "");
    w->rc = rc;
    return NULL;
}

static inline bool start_source(struct source *w)
{
    w->rc = 99;
    return pthread_create(&w->thread, NULL, write_drop, w) == 0;
}

/* What is told goes into a pipe while a test runs. */
static int told_pipe[2], saved_stderr;
static char told_text[100000];

static inline int listen_to_log(void)
{
    told_text[0] = '\0';
    saved_stderr = dup(STDERR_FILENO);
    if (pipe(told_pipe) != 0)
        return -1;
    for (int i = 0; i < 2; i++)
        fcntl(told_pipe[i], F_SETFL, O_NONBLOCK);
    return dup2(told_pipe[1], STDERR_FILENO) < 0 ? -1 : 0;
}

static inline void end_listening(void)
{
    dup2(saved_stderr, STDERR_FILENO);
    close(saved_stderr);
    close(told_pipe[0]);
    close(told_pipe[1]);
}

/* All that was told in this test so far. */
static inline const char *told(void)
{
    size_t used = strlen(told_text);
    ssize_t n;

    while ((n = read(told_pipe[0], told_text + used, sizeof(told_text) - 1 - used)) > 0)
        used += (size_t)n;
    told_text[used] = '\0';
    return told_text;
}

static inline int times_told(const char *what)
{
    const char *at = told();
    int n = 0;

    while ((at = strstr(at, what)) != NULL) {
        n++;
        at++;
    }
    return n;
}

static inline bool await_told(const char *what, int times)
{
    double end = seconds() + TEST_SECONDS / 2;

    while (times_told(what) < times) {
        if (seconds() > end)
            return false;
        pause_us(1000);
    }
    return true;
}

/* In a child process, since it is signalled, killed or limited. Returns how it ended. */
static inline int run_in_child(int (*what)(void))
{
    pid_t parent = getpid(), pid = fork();
    int status = -1;

    if (pid == 0) {
        os_die_with_parent(parent);
        alarm(TEST_SECONDS / 2);
        _exit(what());
    }
    if (pid < 0 || waitpid(pid, &status, 0) != pid)
        return -1;
    return status;
}

static inline int set_up(void **state)
{
    alarm(TEST_SECONDS);
    return make_folder(state) != 0 || listen_to_log() != 0;
}

static inline int set_up_small(void **state)
{
    alarm(TEST_SECONDS);
    return make_small_folder(state) != 0 || listen_to_log() != 0;
}

static inline int tear_down(void **state)
{
    end_listening();
    alarm(0);
    return remove_folder(state);
}

#define TEST(name)  cmocka_unit_test_setup_teardown(name, set_up, tear_down)
#define SMALL(name) cmocka_unit_test_setup_teardown(name, set_up_small, tear_down)

#endif
