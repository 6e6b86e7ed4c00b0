#include "sink/delivery.h"

#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/error.h"
#include "base/interrupt.h"
#include "base/log.h"
#include "base/part.h"
#include "base/thread.h"
#include "sink/choice.h"
#include "sink/sink.h"
#include "tailnet/send.h"

/* Between two attempts, and how long nobody looks whether to go on. */
#define PAUSE_MS 3000
#define LOOK_MS  200

#define COPY_PIECE (64 * 1024)

struct delivery {
    struct delivery_options options;
    pthread_t thread;
    bool joined;
    _Atomic uint64_t taken; /* bytes of the drop; for any thread */

    /* The thread's until it has ended: */
    struct choice choice;
    size_t part;     /* the one on its way */
    uint64_t at;     /* bytes taken of it, in this attempt */
    uint64_t before; /* bytes of all earlier ones */
    uint64_t size;   /* of the one on its way, where it was read to its end */
    int64_t moved;   /* clock_ms() when more was taken last, or there was no more to take yet */
    bool file_given; /* instead of a stream */
    bool file_taken;
    bool broken;  /* the spool cannot be read */
    bool stopped; /* a signal or somebody else has ended it */
    bool is_done;
};

/* A second attempt begins again, and gets on where it takes more than the first. */
static void note_taken(void *self, uint64_t offset)
{
    struct delivery *d = self;

    spool_passed(d->options.spool, d->part, d->at, offset);
    d->at = offset;
    d->file_taken = d->file_taken || (d->file_given && offset > 0);
    if (d->before + offset <= atomic_load(&d->taken))
        return;
    atomic_store(&d->taken, d->before + offset);
    d->moved = clock_ms();
}

static ssize_t read_part(void *self, uint64_t offset, void *buf, size_t len, bool *ends)
{
    struct delivery *d = self;
    enum spool_state state = SPOOL_LATER;
    ssize_t n = spool_read(d->options.spool, d->part, offset, buf, len, &state);

    *ends = n == 0 && state == SPOOL_END;
    if (*ends)
        d->size = offset;
    if (n == 0 && !*ends)
        d->moved = clock_ms();
    if (n < 0)
        d->broken = true;
    return n;
}

/* Some tailscales, as those that are kept from our files, do not read one. */
static int part_file(void *self, uint64_t *size)
{
    struct delivery *d = self;
    int fd = -1;

    if (!d->file_given || d->file_taken)
        fd = spool_file(d->options.spool, d->part, size);
    d->file_given = fd >= 0;
    if (fd >= 0)
        d->size = *size;
    return fd;
}

static int wait_part(void *self, uint64_t offset, int timeout_ms)
{
    const struct delivery *d = self;

    return spool_wait(d->options.spool, d->part, offset, timeout_ms);
}

/* Whether a signal or somebody else ends it. Returns 0, and leaves the error's text as it is, or -1
 * with the error set. */
static int check(struct delivery *d)
{
    int rc = 0;

    if (interrupt_signal() != 0)
        rc = interrupt_error();
    else if (spool_await_part(d->options.spool, d->options.reader, d->part) < 0)
        rc = -1;
    d->stopped = rc != 0;
    return rc;
}

/* The number of the part on its way in file names; 0 where it is the whole drop. */
static unsigned part_of_drop(const struct delivery *d)
{
    return spool_has_parts(d->options.spool) ? (unsigned)d->part + 1 : 0;
}

/* Copies the part as it comes. */
static int copy_part(struct delivery *d, struct writer out)
{
    char *piece = malloc(COPY_PIECE);
    uint64_t offset = 0;
    bool ends = false;
    int rc = piece != NULL ? 0 : error_set("out of memory");

    while (rc == 0 && !ends) {
        ssize_t n = read_part(d, offset, piece, COPY_PIECE, &ends);

        if (n > 0) {
            rc = writer_put(&out, piece, (size_t)n);
            offset += (uint64_t)n;
            note_taken(d, offset);
        } else if (n < 0) {
            rc = -1;
        } else if (!ends) {
            rc = wait_part(d, offset, LOOK_MS);
        }
    }
    free(piece);
    return rc;
}

static int send_to_file(struct delivery *d, const char *path)
{
    struct sink *file = sink_open(path, d->options.name, part_of_drop(d));
    int rc = file != NULL ? copy_part(d, sink_writer(file)) : -1;

    if (rc == 0)
        rc = sink_commit(file);
    sink_free(file);
    return rc;
}

static int send_to_machine(struct delivery *d, const char *host)
{
    const struct tailnet_source source = {
        .read = read_part, .wait = wait_part, .file = part_file, .taken = note_taken, .self = d};
    const unsigned part = part_of_drop(d);
    char *name = part > 0 ? part_name(d->options.name, part) : NULL;
    int rc = -1;

    if (part == 0 || name != NULL)
        rc = tailnet_send(d->options.choice.node, host, part > 0 ? name : d->options.name, &source,
                          d->options.choice.wait_s);
    free(name);
    return rc;
}

static int send_part(struct delivery *d)
{
    const struct alternative *place = choice_place(&d->choice);

    return place->is_taildrop ? send_to_machine(d, place->place) : send_to_file(d, place->place);
}

/* Some time, unless something ends it. Returns 0, or -1 with the error set. */
static int pause_between(struct delivery *d)
{
    struct pollfd signals = {.fd = interrupt_fd(), .events = POLLIN};
    int rc = 0;

    for (int waited = 0; rc == 0 && waited < PAUSE_MS; waited += LOOK_MS) {
        poll(&signals, 1, LOOK_MS);
        rc = check(d);
    }
    return rc;
}

/* Waits for a place that answers. Returns 0, or -1 with the error set. */
static int await_place(struct delivery *d)
{
    while (!choice_find(&d->choice))
        if (check(d) != 0 || choice_missed(&d->choice) != 0 || pause_between(d) != 0)
            return -1;
    return 0;
}

static int deliver_part(struct delivery *d)
{
    d->moved = clock_ms();
    for (;;) {
        if (await_place(d) != 0)
            return -1;
        if (send_part(d) == 0)
            break;
        if (check(d) != 0 || d->broken || choice_failed(&d->choice, d->moved) != 0 ||
            pause_between(d) != 0)
            return -1;
    }
    note_taken(d, d->size);
    choice_settle(&d->choice);
    log_debug("%s has part %zu", choice_place(&d->choice)->text, d->part + 1);
    return 0;
}

static int deliver_all(struct delivery *d)
{
    int more;

    /* Joining takes a while: it begins before there is anything to deliver. Where it fails, that
     * shows when a machine is needed. */
    if (choice_place(&d->choice)->is_taildrop)
        tailnet_node_up(d->options.choice.node);
    for (; (more = spool_await_part(d->options.spool, d->options.reader, d->part)) > 0; d->part++) {
        if (deliver_part(d) != 0)
            return -1;
        d->before += d->size;
        spool_done(d->options.spool, d->options.reader, d->part);
    }
    d->stopped = more < 0;
    return more;
}

/* Lets go of the spool, and stops it where nobody else wants what is in it. */
static void fail(struct delivery *d)
{
    size_t n_left = 1;

    atomic_store(&d->taken, UINT64_MAX);
    if (!d->stopped) {
        if (d->part > 0)
            error_append("; %zu parts of it have arrived", d->part);
        n_left = tally_fail(d->options.tally, d->options.target);
    }
    if (n_left == 0)
        spool_stop(d->options.spool);
    else
        spool_done(d->options.spool, d->options.reader, SPOOL_ALL);
    if (!d->stopped)
        tally_tell(d->options.tally, d->options.target);
}

static void *run(void *self)
{
    struct delivery *d = self;

    d->is_done = deliver_all(d) == 0;
    if (!d->is_done)
        fail(d);
    return NULL;
}

struct delivery *delivery_start(const struct delivery_options *options)
{
    struct delivery *d = calloc(1, sizeof(*d));

    if (d == NULL) {
        error_set("out of memory");
        return NULL;
    }
    d->options = *options;
    if (choice_init(&d->choice, &options->choice) != 0 || thread_start(&d->thread, run, d) != 0) {
        d->joined = true;
        delivery_free(d);
        return NULL;
    }
    return d;
}

bool delivery_wait(struct delivery *d)
{
    pthread_join(d->thread, NULL);
    d->joined = true;
    return d->is_done;
}

const char *delivery_place(const struct delivery *d)
{
    return choice_place(&d->choice)->text;
}

uint64_t delivery_bytes(const struct delivery *d)
{
    return atomic_load(&d->taken);
}

void delivery_free(struct delivery *d)
{
    if (d == NULL)
        return;
    if (!d->joined)
        pthread_join(d->thread, NULL);
    choice_clear(&d->choice);
    free(d);
}
