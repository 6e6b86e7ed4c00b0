#include "sink/delivery.h"

#include <poll.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/error.h"
#include "base/interrupt.h"
#include "base/log.h"
#include "base/part.h"
#include "base/thread.h"
#include "sink/kind.h"
#include "tailnet/advice.h"
#include "tailnet/peer.h"
#include "tailnet/send.h"

/* Between two attempts. */
#define PAUSE_MS 3000

/* An attempt that has lasted so long was worth it: the time to wait begins again. */
#define LONG_ATTEMPT_S 60

#define COPY_PIECE (64 * 1024)

#define NONE SIZE_MAX

struct delivery {
    struct delivery_options options;
    pthread_t thread;
    bool joined;

    /* The thread's until it has ended: */
    bool *given_up;       /* of each place */
    size_t part;          /* the one on its way */
    size_t place;         /* the one that is tried; NONE: not chosen yet */
    bool is_settled;      /* it has a part, so that no other will do */
    bool path_told;       /* how it is reached */
    bool waiting_told;    /* that it does not answer */
    time_t trouble_since; /* 0: there is none */
    int rc;
    char *error;
};

/* A part on its way. */
struct part {
    struct delivery *delivery;
    size_t index;
    char *name; /* of the file it becomes */
};

static ssize_t read_part(void *self, uint64_t offset, void *buf, size_t len, bool *ends)
{
    struct part *p = self;
    enum spool_state state = SPOOL_LATER;
    ssize_t n = spool_read(p->delivery->options.spool, p->index, offset, buf, len, &state);

    *ends = state == SPOOL_END;
    return n;
}

static int wait_part(void *self, uint64_t offset, int timeout_ms)
{
    struct part *p = self;

    return spool_wait(p->delivery->options.spool, p->index, offset, timeout_ms);
}

/* Whether anybody has stopped the spool. Returns 0, or -1 with the error set. */
static int check_spool(const struct delivery *d)
{
    return spool_await_part(d->options.spool, d->options.reader, d->part) < 0 ? -1 : 0;
}

static char *part_name(const struct delivery *d, size_t index)
{
    char *name = spool_has_parts(d->options.spool) ? part_path(d->options.name, (unsigned)index + 1)
                                                   : strdup(d->options.name);

    if (name == NULL)
        error_set("out of memory");
    return name;
}

/* Copies the part into the file as it comes. */
static int copy(struct part *p, const struct writer *out)
{
    char *piece = malloc(COPY_PIECE);
    uint64_t offset = 0;
    bool ends = false;
    int rc = piece != NULL ? 0 : error_set("out of memory");

    while (rc == 0 && !ends) {
        ssize_t n = read_part(p, offset, piece, COPY_PIECE, &ends);

        if (n > 0)
            rc = writer_put(out, piece, (size_t)n);
        else if (n == 0 && !ends)
            rc = wait_part(p, offset, 200);
        else if (n < 0)
            rc = -1;
        if (n > 0) {
            offset += (uint64_t)n;
            ends = false;
        }
    }
    free(piece);
    return rc;
}

static int send_to_file(struct part *p, const char *path)
{
    struct sink file = {0};
    struct writer out;
    int rc;

    if (sink_open_file(&file, path, p->name) != 0)
        return -1;
    out = file.kind->writer(file.self);
    rc = copy(p, &out);
    if (rc == 0)
        rc = file.kind->commit(file.self);
    file.kind->free(file.self);
    return rc;
}

static int send_part(struct part *p)
{
    const struct delivery *d = p->delivery;
    const struct alternative *place = &d->options.places->items[d->place];
    const struct tailnet_source source = {.read = read_part, .wait = wait_part, .self = p};

    if (!place->is_taildrop)
        return send_to_file(p, place->place);
    return tailnet_send(d->options.node, place->place, p->name, &source);
}

static void give_up(struct delivery *d, size_t place)
{
    d->given_up[place] = true;
    if (d->place == place && !d->is_settled)
        d->place = NONE;
}

/* Whether a place may still be tried. */
static bool is_left(const struct delivery *d, size_t at)
{
    return !d->given_up[at] && (!d->is_settled || at == d->place);
}

static bool any_left(const struct delivery *d)
{
    for (size_t i = 0; i < d->options.places->n; i++)
        if (is_left(d, i))
            return true;
    return false;
}

/* Whether the place answers; where it never will, it is given up. */
static bool answers(struct delivery *d, size_t at)
{
    const struct alternative *place = &d->options.places->items[at];
    struct buf path = {0};
    bool does = true;

    if (place->is_taildrop && tailnet_peer_ping(d->options.node, place->place, &path) != 0) {
        does = false;
        if (tailnet_advise()) {
            give_up(d, at);
            if (any_left(d))
                log_warn("%s: %s", place->text, error_text());
        }
    } else if (place->is_taildrop && !d->path_told) {
        log_info("%s: %s", place->text, path.data);
        d->path_told = true;
    }
    buf_free(&path);
    return does;
}

/* The first place that answers; one that is being sent to is not left for another at once. */
static bool find_place(struct delivery *d)
{
    if (d->place != NONE && !d->given_up[d->place])
        return answers(d, d->place);
    for (size_t i = 0; i < d->options.places->n; i++)
        if (is_left(d, i) && answers(d, i)) {
            d->place = i;
            return true;
        }
    return false;
}

/* Some time, unless something ends it. Returns 0, or -1 with the error set. */
static int pause_between(struct delivery *d)
{
    struct pollfd signals = {.fd = interrupt_fd(), .events = POLLIN};

    for (int waited = 0; waited < PAUSE_MS; waited += 200) {
        poll(&signals, 1, 200);
        if (interrupt_signal() != 0)
            return interrupt_error();
        if (check_spool(d) != 0)
            return -1;
    }
    return 0;
}

/* The time a place is waited for has begun, or is over: then it is given up. */
static void note_trouble(struct delivery *d)
{
    time_t now = time(NULL);

    if (d->trouble_since == 0)
        d->trouble_since = now;
    if (now - d->trouble_since < d->options.wait_s)
        return;
    if (d->place != NONE) {
        give_up(d, d->place);
        d->trouble_since = 0;
        return;
    }
    for (size_t i = 0; i < d->options.places->n; i++)
        d->given_up[i] = true;
}

static int no_answer(const struct delivery *d, const char *trouble)
{
    const struct alternative *first = &d->options.places->items[d->place != NONE ? d->place : 0];

    if (!first->is_taildrop)
        return error_set("%s", trouble);
    return error_set("it has not answered for %d s (%s): wake the machine and see that Tailscale "
                     "runs on it, give a longer --wait, or name another target behind a comma",
                     d->options.wait_s, trouble);
}

/*
 * Finds a place that answers, waiting for one as long as --wait says. Returns 0, or -1 with the
 * error set.
 */
static int choose_place(struct delivery *d)
{
    char trouble[1024];

    while (!find_place(d)) {
        bool lasts;

        if (interrupt_signal() != 0 || check_spool(d) != 0)
            return -1;
        lasts = !any_left(d);
        if (lasts)
            return -1;
        snprintf(trouble, sizeof(trouble), "%s", error_text());
        note_trouble(d);
        if (!any_left(d))
            return no_answer(d, trouble);
        if (!d->waiting_told)
            log_info("%s does not answer (%s); waiting for it for up to %d s",
                     d->options.places->items[d->place != NONE ? d->place : 0].text, trouble,
                     d->options.wait_s);
        d->waiting_told = true;
        if (pause_between(d) != 0)
            return -1;
    }
    return 0;
}

/* What became of an attempt that failed. Returns 0 where another may follow, or -1 with the error
 * set. */
static int after_failure(struct delivery *d, time_t began)
{
    bool lasts;
    char trouble[1024];

    snprintf(trouble, sizeof(trouble), "%s", error_text());
    if (interrupt_signal() != 0 || check_spool(d) != 0)
        return -1;
    error_set("%s", trouble);
    lasts = !d->options.places->items[d->place].is_taildrop || tailnet_advise();
    snprintf(trouble, sizeof(trouble), "%s", error_text());
    if (time(NULL) - began > LONG_ATTEMPT_S)
        d->trouble_since = 0;
    log_warn("%s: %s", d->options.places->items[d->place].text, trouble);
    if (lasts)
        give_up(d, d->place);
    else
        note_trouble(d);
    if (!any_left(d))
        return error_set("%s", trouble);
    return pause_between(d);
}

static int deliver_part(struct part *p)
{
    struct delivery *d = p->delivery;

    for (;;) {
        time_t began;

        if (choose_place(d) != 0)
            return -1;
        began = time(NULL);
        if (send_part(p) == 0)
            break;
        if (after_failure(d, began) != 0)
            return -1;
    }
    d->trouble_since = 0;
    d->is_settled = true;
    log_debug("%s has %s", d->options.places->items[d->place].text, p->name);
    return 0;
}

static int deliver_all(struct delivery *d)
{
    int more;

    if (d->options.node != NULL && tailnet_node_up(d->options.node) != 0)
        return -1;
    for (size_t i = 0; (more = spool_await_part(d->options.spool, d->options.reader, i)) > 0; i++) {
        struct part part = {.delivery = d, .index = i, .name = part_name(d, i)};
        int rc;

        d->part = i;
        rc = part.name != NULL ? deliver_part(&part) : -1;
        free(part.name);
        if (rc != 0)
            return -1;
        spool_done(d->options.spool, d->options.reader, i);
    }
    return more;
}

static void *run(void *self)
{
    struct delivery *d = self;

    d->rc = deliver_all(d);
    if (d->rc != 0) {
        error_add_context("target %s", delivery_place(d));
        d->error = strdup(error_text());
        if (atomic_fetch_sub(d->options.n_hopeful, 1) == 1)
            spool_stop(d->options.spool);
        else
            spool_done(d->options.spool, d->options.reader, SPOOL_ALL);
    }
    return NULL;
}

struct delivery *delivery_start(const struct delivery_options *options)
{
    struct delivery *d = calloc(1, sizeof(*d));

    if (d == NULL || (d->given_up = calloc(options->places->n, sizeof(*d->given_up))) == NULL) {
        error_set("out of memory");
        free(d);
        return NULL;
    }
    d->options = *options;
    d->place = NONE;
    if (thread_start(&d->thread, run, d) != 0) {
        d->joined = true;
        delivery_free(d);
        return NULL;
    }
    return d;
}

int delivery_wait(struct delivery *d)
{
    pthread_join(d->thread, NULL);
    d->joined = true;
    if (d->rc == 0)
        return 0;
    return error_set("%s", d->error != NULL ? d->error : "out of memory");
}

const char *delivery_place(const struct delivery *d)
{
    return d->options.places->items[d->place != NONE ? d->place : 0].text;
}

void delivery_free(struct delivery *d)
{
    if (d == NULL)
        return;
    if (!d->joined)
        pthread_join(d->thread, NULL);
    free(d->given_up);
    free(d->error);
    free(d);
}
