#include "sink/targets.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/error.h"
#include "base/interrupt.h"
#include "sink/alternatives.h"
#include "sink/delivery.h"
#include "sink/sink.h"
#include "sink/spool.h"
#include "sink/tally.h"
#include "tailnet/node.h"

/* Either a sink or a delivery, or neither where it has failed. */
struct target {
    const char *text;
    struct alternatives places;
    struct sink *sink;
    struct delivery *delivery;
    bool has_drop;
};

struct targets {
    struct targets_options options;
    uint64_t bytes;
    struct tailnet_node *node; /* NULL where none goes through the tailnet */
    struct spool *spool;       /* NULL where there is no delivery */
    size_t n_deliveries;
    struct tally *tally;
    size_t n;
    struct target items[];
};

static bool needs_delivery(const struct targets *t, const struct target *target)
{
    const struct alternative *first = &target->places.items[0];

    return target->places.n > 1 || first->is_taildrop ||
           (t->options.part_size > 0 && strcmp(first->place, "-") != 0);
}

static int open_sink(struct target *target, const char *name)
{
    const struct alternative *place = &target->places.items[0];

    target->sink = sink_open(place->place, name, 0);
    return target->sink != NULL ? 0 : error_add_context("target %s", target->text);
}

/* All but the deliveries. */
static int open_all(struct targets *t, const char *name)
{
    bool have_taildrop = false;

    for (size_t i = 0; i < t->options.n; i++) {
        struct target *target = &t->items[t->n];

        target->text = t->options.texts[i];
        if (alternatives_parse(&target->places, target->text) != 0)
            return -1;
        t->n++;
        t->n_deliveries += needs_delivery(t, target);
        have_taildrop = have_taildrop || alternatives_have_taildrop(&target->places);
        if (!needs_delivery(t, target) && open_sink(target, name) != 0)
            return -1;
    }
    t->tally = tally_new(t->options.texts, t->options.n);
    if (t->tally == NULL)
        return -1;
    if (t->n_deliveries > 0) {
        t->spool = spool_new(t->options.spool, t->n_deliveries);
        if (t->spool == NULL)
            return -1;
    }
    if (have_taildrop) {
        t->node = tailnet_node_start(t->options.tailnet, t->options.temp);
        if (t->node == NULL)
            return -1;
    }
    return 0;
}

static int start_deliveries(struct targets *t, const char *name)
{
    struct delivery_options options = {.name = name,
                                       .spool = t->spool,
                                       .choice = {.node = t->node, .wait_s = t->options.wait_s},
                                       .tally = t->tally};

    for (size_t i = 0; i < t->n; i++) {
        if (!needs_delivery(t, &t->items[i]))
            continue;
        options.target = i;
        options.choice.places = &t->items[i].places;
        t->items[i].delivery = delivery_start(&options);
        if (t->items[i].delivery == NULL)
            return -1;
        options.reader++;
    }
    return 0;
}

struct targets *targets_open(const struct targets_options *options, const char *name)
{
    struct targets *t = calloc(1, sizeof(*t) + options->n * sizeof(t->items[0]));

    if (t == NULL) {
        error_set("out of memory");
        return NULL;
    }
    t->options = *options;
    if (open_all(t, name) != 0 || start_deliveries(t, name) != 0) {
        targets_free(t);
        return NULL;
    }
    return t;
}

int targets_expect(struct targets *t, uint64_t upper)
{
    return t->spool == NULL ? 0 : spool_plan(t->spool, upper, t->options.part_size);
}

/* Does without the sink, for the reason that the error says. Returns 0 where other targets are
 * left, or -1 with the error set. */
static int give_up_sink(struct targets *t, size_t at)
{
    size_t n_left;

    if (interrupt_awaited())
        return interrupt_error();
    sink_free(t->items[at].sink);
    t->items[at].sink = NULL;
    n_left = tally_fail(t->tally, at);
    tally_tell(t->tally, at);
    return n_left > 0 ? 0 : -1;
}

/* The same for the spool, and so for all deliveries. */
static int give_up_spool(struct targets *t)
{
    size_t n_left = 0;

    if (interrupt_signal() != 0)
        return interrupt_error();
    spool_stop(t->spool);
    for (size_t i = 0; i < t->n; i++)
        if (t->items[i].delivery != NULL) {
            n_left = tally_fail(t->tally, i);
            tally_tell(t->tally, i);
        }
    return n_left > 0 ? 0 : -1;
}

static int write_to_sinks(struct targets *t, const void *buf, size_t len)
{
    for (size_t i = 0; i < t->n; i++) {
        struct writer w;

        if (t->items[i].sink == NULL)
            continue;
        w = sink_writer(t->items[i].sink);
        if (writer_put(&w, buf, len) != 0 && give_up_sink(t, i) != 0)
            return -1;
    }
    return 0;
}

static int write_to_spool(struct targets *t, const void *buf, size_t len)
{
    struct writer w;

    if (t->spool == NULL)
        return 0;
    if (!spool_is_read(t->spool)) {
        spool_finish(t->spool); /* which gives its room back */
        return 0;
    }
    w = spool_writer(t->spool);
    return writer_put(&w, buf, len) == 0 ? 0 : give_up_spool(t);
}

static int write_to_all(void *self, const void *buf, size_t len)
{
    struct targets *t = self;

    if (write_to_sinks(t, buf, len) != 0 || write_to_spool(t, buf, len) != 0)
        return -1;
    t->bytes += len;
    return 0;
}

struct writer targets_writer(struct targets *t)
{
    return (struct writer){.write = write_to_all, .self = t};
}

uint64_t targets_bytes(const struct targets *t)
{
    return t->bytes;
}

uint64_t targets_delivered(const struct targets *t)
{
    uint64_t least = UINT64_MAX;

    for (size_t i = 0; i < t->n; i++) {
        const struct delivery *delivery = t->items[i].delivery;

        if (delivery != NULL && delivery_bytes(delivery) < least)
            least = delivery_bytes(delivery);
    }
    return least;
}

/* A file has its drop at once, whatever becomes of a delivery that may take hours. */
static void commit_sinks(struct targets *t)
{
    for (size_t i = 0; i < t->n; i++) {
        struct target *target = &t->items[i];

        if (target->sink == NULL)
            continue;
        target->has_drop = sink_commit(target->sink) == 0;
        if (!target->has_drop)
            give_up_sink(t, i);
    }
}

static void await_deliveries(struct targets *t)
{
    for (size_t i = 0; i < t->n; i++)
        if (t->items[i].delivery != NULL)
            t->items[i].has_drop = delivery_wait(t->items[i].delivery);
}

/* Returns 0 where every target has the drop, or -1 with the error set. */
static int have_all(struct targets *t)
{
    int rc = 0;

    for (size_t i = 0; i < t->n; i++)
        if (!t->items[i].has_drop)
            rc = -1;
    if (rc == 0)
        return 0;
    if (interrupt_signal() != 0)
        return interrupt_error();
    tally_error(t->tally);
    return -1;
}

int targets_commit(struct targets *t)
{
    char *places;
    int rc;

    if (t->spool != NULL)
        spool_finish(t->spool);
    commit_sinks(t);
    await_deliveries(t);
    rc = have_all(t);
    places = targets_places(t);
    if (rc != 0 && places != NULL && *places != '\0')
        error_append("; it is complete at %s", places);
    free(places);
    return rc;
}

char *targets_places(const struct targets *t)
{
    struct buf b = {0};
    int rc = buf_add_text(&b, "");

    for (size_t i = 0; i < t->n && rc == 0; i++) {
        const struct target *target = &t->items[i];

        if (target->has_drop)
            rc = buf_printf(&b, "%s%s", b.len > 0 ? "," : "",
                            target->delivery != NULL ? delivery_place(target->delivery)
                                                     : target->text);
    }
    if (rc == 0)
        return buf_take(&b);
    buf_free(&b);
    return NULL;
}

void targets_free(struct targets *t)
{
    if (t == NULL)
        return;
    if (t->spool != NULL)
        spool_stop(t->spool);
    if (t->node != NULL)
        tailnet_node_stop(t->node);
    for (size_t i = 0; i < t->n; i++) {
        delivery_free(t->items[i].delivery);
        sink_free(t->items[i].sink);
        alternatives_clear(&t->items[i].places);
    }
    tailnet_node_free(t->node);
    spool_free(t->spool);
    tally_free(t->tally);
    free(t);
}
