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
    pthread_mutex_t mutex; /* for the following */
    uint64_t tables;
    char schema[NAME_SIZE], table[NAME_SIZE]; /* "": there is none */
    uint64_t to_deliver;
    uint64_t (*delivered)(void *self); /* NULL until all is read */
    void *delivered_self;
};

static enum meter_form choose_form(enum meter_form form)
{
    const int is_terminal = isatty(STDERR_FILENO);

    if (form == METER_AUTO)
        form = is_terminal ? METER_BAR : METER_LOG;
    return form == METER_BAR && is_terminal && terminal_is_dumb() ? METER_LOG : form;
}

/* What was done is read before what was expected, so that it is not more. */
static struct meter_counts read_counts(struct meter *m)
{
    struct meter_counts counts;

    counts.done = atomic_load(&m->done);
    counts.expected = atomic_load(&m->expected);
    counts.rows = atomic_load(&m->rows);
    counts.raw_bytes = atomic_load(&m->raw_bytes);
    counts.bytes = atomic_load(&m->bytes);
    counts.tables = m->tables;
    return counts;
}

static void tell(enum meter_form form, const struct meter_view *view,
                 const struct meter_table_name *table)
{
    struct buf text = {0};

    if (form == METER_BAR && meter_text_bar(&text, view, table, terminal_columns()) == 0)
        log_status(buf_text(&text));
    if (form == METER_LOG && meter_text_line(&text, view, table) == 0)
        log_result("progress %s", buf_text(&text)); /* also where only errors are told otherwise */
    buf_free(&text);
}

/* One for each of the two phases. */
struct gauges {
    struct meter_gauge reading, delivering;
};

static void tick_reading(struct meter *m, struct meter_gauge *gauge, double seconds)
{
    char schema[NAME_SIZE], name[NAME_SIZE];
    const struct meter_table_name table = {.schema = schema, .name = name};
    struct meter_counts counts;
    struct meter_view view;

    pthread_mutex_lock(&m->mutex);
    counts = read_counts(m);
    memcpy(schema, m->schema, sizeof(schema));
    memcpy(name, m->table, sizeof(name));
    pthread_mutex_unlock(&m->mutex);
    meter_gauge_look(gauge, seconds, &counts, &view);
    tell(m->form, &view, &table);
}

static void tick_delivering(struct meter *m, struct meter_gauge *gauge, double seconds)
{
    static const struct meter_table_name none = {.schema = "", .name = ""};
    struct meter_counts counts = {.expected = m->to_deliver};
    struct meter_view view;

    counts.done = m->delivered(m->delivered_self);
    if (counts.done > counts.expected)
        return;
    counts.bytes = counts.done;
    meter_gauge_look(gauge, seconds, &counts, &view);
    view.is_delivering = true;
    tell(m->form, &view, &none);
}

static void tick(struct meter *m, struct gauges *gauges)
{
    double seconds = (double)(clock_ms() - m->started) / 1000;
    bool is_delivering;

    pthread_mutex_lock(&m->mutex);
    is_delivering = m->delivered != NULL;
    pthread_mutex_unlock(&m->mutex);
    if (is_delivering)
        tick_delivering(m, &gauges->delivering, seconds);
    else
        tick_reading(m, &gauges->reading, seconds);
}

static void *run(void *self)
{
    struct meter *m = self;
    struct gauges gauges = {0};
    struct pollfd wake = {.fd = m->wake[0], .events = POLLIN};

    while (poll(&wake, 1, m->tick_ms) == 0)
        tick(m, &gauges);
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

void meter_expect(struct meter *m, uint64_t bytes)
{
    if (m != NULL)
        atomic_fetch_add(&m->expected, bytes);
}

void meter_done(struct meter *m, uint64_t bytes)
{
    if (m != NULL)
        atomic_fetch_add(&m->done, bytes);
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
    m->tables += m->table[0] != '\0';
    snprintf(m->schema, sizeof(m->schema), "%s", name != NULL && schema != NULL ? schema : "");
    snprintf(m->table, sizeof(m->table), "%s", name != NULL ? name : "");
    pthread_mutex_unlock(&m->mutex);
}

void meter_deliver(struct meter *m, uint64_t bytes, uint64_t (*delivered)(void *self), void *self)
{
    if (m == NULL)
        return;
    pthread_mutex_lock(&m->mutex);
    m->to_deliver = bytes;
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
