#include "flow/meter.h"

#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/os.h"
#include "base/terminal.h"
#include "base/thread.h"
#include "flow/meter_gauge.h"
#include "flow/meter_text.h"

#define BAR_TICK_MS 200

/* A server's names have 63 bytes in its own encoding. */
#define NAME_SIZE 256

struct meter {
    enum meter_form form; /* METER_BAR or METER_LOG */
    int tick_ms;
    int64_t started; /* clock_ms() */
    pthread_t thread;
    int wake[2]; /* a pipe: a byte in it ends the thread */
    _Atomic uint64_t expected, done, rows, raw_bytes, bytes;
    pthread_mutex_t mutex;    /* for the following */
    struct meter_gauge gauge; /* has the phase */
    uint64_t tables;
    char schema[NAME_SIZE], name[NAME_SIZE]; /* of what is in hand; "": there is none */
    uint64_t (*delivered)(void *self);       /* NULL until all is read */
    void *delivered_self;
};

static enum meter_form choose_form(enum meter_form form)
{
    const int is_terminal = isatty(STDERR_FILENO);

    if (form == METER_AUTO)
        form = is_terminal ? METER_BAR : METER_LOG;
    return form == METER_BAR && is_terminal && terminal_is_dumb() ? METER_LOG : form;
}

static double seconds_since_start(const struct meter *m)
{
    return (double)(clock_ms() - m->started) / 1000;
}

/* What was done is read before what was expected, so that it is not more. */
static struct meter_counts read_counts(struct meter *m)
{
    struct meter_counts counts;

    counts.done = atomic_load(&m->done);
    counts.expected = atomic_load(&m->expected);
    counts.rows = atomic_load(&m->rows);
    counts.raw_bytes = atomic_load(&m->raw_bytes);
    counts.bytes = m->gauge.phase == METER_READING ? atomic_load(&m->bytes) : counts.done;
    counts.tables = m->tables;
    return counts;
}

static void tell(enum meter_form form, const struct meter_view *view,
                 const struct meter_name *in_hand)
{
    struct buf text = {0};

    if (form == METER_BAR && meter_text_bar(&text, view, in_hand, terminal_columns()) == 0)
        log_status(buf_text(&text));
    if (form == METER_LOG && meter_text_line(&text, view, in_hand) == 0)
        log_result("progress %s", buf_text(&text)); /* also where only errors are told otherwise */
    buf_free(&text);
}

/* Has the mutex, but not while it asks, which may take a while. Returns whether there is something
 * to tell of. */
static bool ask_delivered(struct meter *m)
{
    uint64_t done;

    if (m->delivered == NULL)
        return true;
    pthread_mutex_unlock(&m->mutex);
    done = m->delivered(m->delivered_self);
    pthread_mutex_lock(&m->mutex);
    if (done > atomic_load(&m->expected))
        return false;
    atomic_store(&m->done, done);
    return true;
}

static void tick(struct meter *m)
{
    char schema[NAME_SIZE], name[NAME_SIZE];
    const struct meter_name in_hand = {.schema = schema, .name = name};
    struct meter_counts counts;
    struct meter_view view;
    bool is_known;

    pthread_mutex_lock(&m->mutex);
    is_known = ask_delivered(m);
    if (is_known) {
        counts = read_counts(m);
        meter_gauge_look(&m->gauge, seconds_since_start(m), &counts, &view);
        memcpy(schema, m->schema, sizeof(schema));
        memcpy(name, m->name, sizeof(name));
    }
    pthread_mutex_unlock(&m->mutex);
    if (is_known)
        tell(m->form, &view, &in_hand);
}

static void *run(void *self)
{
    struct meter *m = self;
    struct pollfd wake = {.fd = m->wake[0], .events = POLLIN};

    while (poll(&wake, 1, m->tick_ms) == 0)
        tick(m);
    return NULL;
}

struct meter *meter_new(enum meter_form form, int line_s)
{
    struct meter *m;

    form = choose_form(form);
    if (form == METER_NONE)
        return NULL;
    m = calloc(1, sizeof(*m));
    if (m == NULL)
        return NULL;
    m->form = form;
    m->tick_ms = form == METER_BAR ? BAR_TICK_MS : line_s * 1000;
    m->started = clock_ms();
    pthread_mutex_init(&m->mutex, NULL);
    if (os_pipe(m->wake) != 0)
        goto err0;
    if (thread_start(&m->thread, run, m) != 0)
        goto err1;
    return m;

err1:
    close(m->wake[0]);
    close(m->wake[1]);
err0:
    pthread_mutex_destroy(&m->mutex);
    free(m);
    return NULL;
}

/* The caller has the mutex, here and in begin_phase(). */
static void take_in_hand(struct meter *m, const char *schema, const char *name)
{
    snprintf(m->schema, sizeof(m->schema), "%s", name != NULL && schema != NULL ? schema : "");
    snprintf(m->name, sizeof(m->name), "%s", name != NULL ? name : "");
}

static void begin_phase(struct meter *m, enum meter_phase phase, uint64_t expected, double seconds)
{
    const struct meter_counts totals = {.rows = atomic_load(&m->rows),
                                        .raw_bytes = atomic_load(&m->raw_bytes)};

    atomic_store(&m->expected, expected);
    atomic_store(&m->done, 0);
    atomic_store(&m->bytes, 0);
    m->tables = 0;
    take_in_hand(m, NULL, NULL);
    meter_gauge_begin(&m->gauge, phase, seconds, &totals);
}

void meter_phase(struct meter *m, enum meter_phase phase, uint64_t expected)
{
    if (m == NULL)
        return;
    pthread_mutex_lock(&m->mutex);
    begin_phase(m, phase, expected, seconds_since_start(m));
    pthread_mutex_unlock(&m->mutex);
}

void meter_expect(struct meter *m, uint64_t more)
{
    if (m != NULL)
        atomic_fetch_add(&m->expected, more);
}

void meter_done(struct meter *m, uint64_t more)
{
    if (m != NULL)
        atomic_fetch_add(&m->done, more);
}

void meter_read(struct meter *m, uint64_t rows, uint64_t bytes)
{
    if (m == NULL)
        return;
    atomic_fetch_add(&m->rows, rows);
    atomic_fetch_add(&m->raw_bytes, bytes);
}

void meter_written(struct meter *m, uint64_t bytes)
{
    if (m != NULL)
        atomic_fetch_add(&m->bytes, bytes);
}

void meter_table(struct meter *m, const char *schema, const char *name)
{
    if (m == NULL)
        return;
    pthread_mutex_lock(&m->mutex);
    m->tables += m->name[0] != '\0';
    take_in_hand(m, schema, name);
    pthread_mutex_unlock(&m->mutex);
}

void meter_item(struct meter *m, const char *schema, const char *name)
{
    if (m == NULL)
        return;
    pthread_mutex_lock(&m->mutex);
    take_in_hand(m, schema, name);
    pthread_mutex_unlock(&m->mutex);
}

void meter_deliver(struct meter *m, uint64_t bytes, uint64_t (*delivered)(void *self), void *self)
{
    if (m == NULL)
        return;
    pthread_mutex_lock(&m->mutex);
    /* The targets have been getting it since the start. */
    begin_phase(m, METER_DELIVERING, bytes, 0);
    m->delivered_self = self;
    m->delivered = delivered;
    pthread_mutex_unlock(&m->mutex);
}

void meter_free(struct meter *m)
{
    if (m == NULL)
        return;
    while (write(m->wake[1], "", 1) < 0 && errno == EINTR)
        ;
    pthread_join(m->thread, NULL);
    if (m->form == METER_BAR)
        log_status(NULL);
    close(m->wake[0]);
    close(m->wake[1]);
    pthread_mutex_destroy(&m->mutex);
    free(m);
}
